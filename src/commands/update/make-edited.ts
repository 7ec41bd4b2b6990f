import { rm, writeFile } from 'node:fs/promises';
import type { Config } from '../../config/types.ts';
import type { Problem } from '../../core/problem.ts';
import { readFileAt } from '../../forge/git/read.ts';
import { lockfileName } from '../../lock/file.ts';
import { formatLockfile } from '../../lock/format.ts';
import { staleness } from '../../lock/staleness.ts';
import type { Context } from '../context.ts';
import { lockfilePath, openConfig } from '../workspace.ts';
import { lockThere, type Made, parseIfSound, renderThere } from './make-change.ts';
import { inTree, isTemplate, type TreeOptions } from './tree.ts';

export interface EditedOptions extends TreeOptions {
  /** The tip of the base branch. */
  readonly base: string;
  /** The tip of the pull request. */
  readonly head: string;
  readonly isFork: boolean;
  /** Whether what the configuration names may be asked; where not, nobody is. */
  readonly mayAsk: (config: Config) => boolean;
}

/** What a pull request of people lacks; undefined where the places that it names may not be asked. */
export type Edited = Made | undefined;

/**
 * Finds what a pull request lacks. It is locked only where its lockfile does not fit its configuration, is absent, or
 * cannot be read: what upstream did meanwhile is no matter of it. Its files are read as data; of a fork, not its templates.
 *
 * @throws UserError as `lock` and `render` do
 */
export function makeEdited(context: Context, options: EditedOptions): Promise<Edited> {
  const { git, prefix, base, head, isFork, mayAsk } = options;
  const sources = isFork
    ? [
        { commit: head, takes: (path: string) => !isTemplate(path) },
        { commit: base, takes: isTemplate },
      ]
    : [{ commit: head }];
  return inTree(context, sources, options, async (there) => {
    const config = await openConfig(there);
    if (!mayAsk(config)) return undefined;
    const path = `${prefix}${lockfileName}`;
    const [text, baseText] = [await readFileAt(git, head, path), await readFileAt(git, base, path)];
    const own = parseIfSound(text);
    const before = parseIfSound(baseText);
    const isStale = own === undefined || staleness(own, config).length > 0;
    if (own === undefined) await replaceLockfile(there, before && baseText);
    const { fresh, problems } = isStale ? await lockThere(there) : { fresh: own, problems: [] as Problem[] };
    const files = await renderThere(there, config, fresh, prefix);
    if (isStale && text !== formatLockfile(fresh)) files.set(path, formatLockfile(fresh));
    return { config, before, after: fresh, files, problems };
  });
}

/** Puts another lockfile in the place of one that cannot be read, or none. */
async function replaceLockfile(there: Context, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(lockfilePath(there), { force: true });
  else await writeFile(lockfilePath(there), text);
}
