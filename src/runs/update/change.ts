import { createHash } from 'node:crypto';
import type { AskedFor } from '../../changes/find.ts';
import type { DigestFinding } from '../../changes/findings.ts';
import type { Config } from '../../config/types.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import type { FileChanges } from '../../forge/git/files.ts';
import { readFileAt } from '../../forge/git/read.ts';
import { lockfileName, readLockfile } from '../../lock/file.ts';
import { formatLockfile } from '../../lock/format.ts';
import { parseLockfile } from '../../lock/parse.ts';
import type { Lockfile } from '../../lock/types.ts';
import { fromTop } from '../../render/files.ts';
import type { MirrorPlace } from '../../render/types.ts';
import type { Context } from '../../session/context.ts';
import { lockfilePath, openConfig } from '../../session/workspace.ts';
import { makeLockfile } from '../lock.ts';
import { pendingChanges } from '../render.ts';
import { findDigests } from './digest-findings.ts';
import { inTree, type TreeOptions } from './tree.ts';

/** What locking and rendering at a commit gives. */
export interface Rendered {
  readonly config: Config;
  readonly before: Lockfile | undefined;
  readonly after: Lockfile;
  /** By path from the top of the git repository; empty where nothing changes. */
  readonly files: FileChanges;
  /** What a reviewer is told of the digests. */
  readonly digests: readonly DigestFinding[];
  readonly problems: readonly Problem[];
  /** Which tag of a pending group the source was asked for. */
  readonly askedFor?: AskedFor;
}

export interface MakeOptions extends TreeOptions {
  /**
   * A commit with a lockfile that stays as it is where the new one would differ in upstream's commit alone: what nobody
   * asked for is no reason for a push.
   */
  readonly keep: string | undefined;
}

/** Locks and renders what stands at a commit, in a folder of its own. Throws as `lock` and `render` do. */
export function makeChange(context: Context, commit: string, options: MakeOptions): Promise<Rendered> {
  const { git, prefix, keep } = options;
  return inTree(context, [{ commit }], options, async (there, place) => {
    const config = await openConfig(there);
    const before = await readLockfile(lockfilePath(there));
    const { next: fresh, warnings: problems, askedFor } = await makeLockfile(there, config, before);
    const kept = keep === undefined ? undefined : await readFileAt(git, keep, `${prefix}${lockfileName}`);
    const after =
      [before, parseIfSound(kept)].find((old) => old !== undefined && differsByCommitAlone(old, fresh)) ?? fresh;
    const files = await renderThere(there, config, after, place);
    const isNew = before === undefined || formatLockfile(before) !== formatLockfile(after);
    if (isNew) files.set(`${prefix}${lockfileName}`, formatLockfile(after));
    const found = await findDigests(
      there,
      config,
      { before, after },
      { git, commit, path: `${prefix}${lockfileName}` },
    );
    return {
      config,
      before,
      after,
      files,
      digests: found.digests,
      problems: [...problems, ...found.problems],
      askedFor,
    };
  });
}

/** What rendering changes in a folder, by path from the top of the git repository. Throws as `render` does. */
export async function renderThere(
  there: Context,
  config: Config,
  lockfile: Lockfile,
  place: MirrorPlace,
): Promise<Map<string, string | null>> {
  const changes = await pendingChanges(there, config, lockfile, place);
  return new Map(changes.map(({ path, after }) => [fromTop(place.prefix, path), after ?? null]));
}

function differsByCommitAlone(old: Lockfile, fresh: Lockfile): boolean {
  return formatLockfile(at(old, fresh.upstream.commit)) === formatLockfile(fresh);
}

function at(lockfile: Lockfile, commit: string): Lockfile {
  return { ...lockfile, upstream: { ...lockfile.upstream, commit } };
}

/** The lockfile of a branch that people may have pushed to; undefined where it cannot be read, as in a conflict. */
export function parseIfSound(text: string | undefined): Lockfile | undefined {
  if (text === undefined) return undefined;
  try {
    return parseLockfile(text, lockfileName);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A name of contents: equal files have equal names, whatever commit of upstream a lockfile was made from. */
export function contentName(files: FileChanges, lockfile: Lockfile): string {
  const named = [...files].map(([path, text]) => [
    path,
    text === formatLockfile(lockfile) ? formatLockfile(at(lockfile, '0'.repeat(40))) : text,
  ]);
  const sorted = named.sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 32);
}
