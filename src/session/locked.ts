import { relative } from 'node:path';
import { parseRules } from '../config/parse.ts';
import type { Config } from '../config/types.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { someOf } from '../core/words.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import { unwantedTags } from '../lock/staleness.ts';
import type { Lockfile } from '../lock/types.ts';
import { keepWanted, wantedByRules } from '../lock/wanted-tags.ts';
import type { Rules } from '../select/types.ts';
import type { Context } from './context.ts';
import { showAtRevision } from './mirror-repository.ts';
import { staleWarnings } from './selection.ts';
import { matchLocked, mirrorsFile, openLockfile } from './workspace.ts';

/** A lockfile, and how much of it the rules want. */
export interface Locked {
  /** All of it, as it is written. */
  readonly lockfile: Lockfile;
  /** Without the tags that no rule wants: what may be put. */
  readonly wanted: Lockfile;
  /** An error where some are unwanted. */
  readonly unwanted: readonly Problem[];
  /** That the configuration has moved on since, where that counts. */
  readonly warnings: readonly Problem[];
}

/**
 * The lockfile to work on: that of the work tree, or that of a git revision, such as a `mirrored/…` tag, which is what
 * the destinations had then, with the rules of that revision. Of today's configuration only registries count there.
 *
 * @throws UserError `lock/missing`, `git/not-a-repository`, `git/unknown-revision`, and as `parseLockfile` and
 *   `parseRules` do, `config/slow-regex`
 */
export async function lockfileAt(context: Context, config: Config, revision?: string): Promise<Locked> {
  if (revision === undefined) {
    const lockfile = await openLockfile(context);
    await matchLocked(context, config, lockfile);
    const locked = onlyWanted(lockfile, config);
    return { ...locked, warnings: staleWarnings(locked.wanted, config) };
  }
  const text = await showAtRevision(context, revision, lockfileName);
  if (text === undefined) {
    throw problemError('lock/missing', `The revision has no ${lockfileName}.`, revision, 'Name a later one.');
  }
  const lockfile = parseLockfile(text, `${revision}:${lockfileName}`);
  const rules = await rulesAt(context, config, revision);
  for (const one of [rules, config]) await matchLocked(context, one, lockfile);
  return { ...onlyWanted(lockfile, rules), warnings: [] };
}

/** The rules of a revision. A configuration outside the mirror repository has no revisions: its rules of today count. */
async function rulesAt(context: Context, config: Config, revision: string): Promise<Rules> {
  const path = relative(context.directory, mirrorsFile(context).path);
  if (path === '..' || path.startsWith('../')) return config;
  const text = await showAtRevision(context, revision, path);
  if (text === undefined) {
    throw problemError('config/no-file', `The revision has no ${path}.`, revision, 'Name a later one.');
  }
  return parseRules(text, `${revision}:${path}`);
}

function onlyWanted(lockfile: Lockfile, rules: Rules): Omit<Locked, 'warnings'> {
  const tags = unwantedTags(lockfile.images, rules);
  if (tags.length === 0) return { lockfile, wanted: lockfile, unwanted: [] };
  const wants = wantedByRules(rules);
  const images = lockfile.images.map((image) => keepWanted(image, wants)).filter(({ entries }) => entries.length > 0);
  return { lockfile, wanted: { ...lockfile, images }, unwanted: [unwantedProblem(tags)] };
}

function unwantedProblem(tags: readonly string[]): Problem {
  return {
    code: 'lock/unwanted',
    severity: 'error',
    message: 'The lockfile holds tags that no rule wants any more: they are left out.',
    value: someOf(tags),
    hint: 'Run `mirrorlock lock`, and merge the lockfile that it writes.',
  };
}
