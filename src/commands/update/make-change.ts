import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/types.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import type { FileChanges } from '../../forge/git/files.ts';
import { readFileAt } from '../../forge/git/read.ts';
import type { Git } from '../../forge/git/run.ts';
import { lockfileName, readLockfile } from '../../lock/file.ts';
import { formatLockfile } from '../../lock/format.ts';
import { parseLockfile } from '../../lock/parse.ts';
import type { Lockfile } from '../../lock/types.ts';
import type { Context } from '../context.ts';
import { lock } from '../lock.ts';
import { pendingChanges } from '../render.ts';
import { lockfilePath, openConfig } from '../workspace.ts';
import { writeTree } from './tree.ts';

/** What locking and rendering at a commit gives. */
export interface Made {
  readonly config: Config;
  readonly before: Lockfile | undefined;
  readonly after: Lockfile;
  /** By path from the top of the git repository; empty where nothing changes. */
  readonly files: FileChanges;
  readonly problems: readonly Problem[];
}

export interface MakeOptions {
  readonly git: Git;
  /** Where in the git repository the mirror repository is: empty, or a path with `/` at its end. */
  readonly prefix: string;
  readonly temporaryDirectory: string;
  /**
   * A commit with a lockfile that stays as it is where the new one would differ in upstream's commit alone: what nobody
   * asked for is no reason for a push.
   */
  readonly keep: string | undefined;
}

/** Locks and renders what stands at a commit, in a folder of its own. Throws as `lock` and `render` do. */
export async function makeChange(context: Context, commit: string, options: MakeOptions): Promise<Made> {
  const { git, prefix, temporaryDirectory, keep } = options;
  const folder = await mkdtemp(join(temporaryDirectory, 'mirrorlock-update-'));
  try {
    await writeTree(git, commit, prefix, context.configFile, folder);
    const there: Context = { ...context, directory: folder, pathsFrom: context.pathsFrom ?? context.directory };
    const config = await openConfig(there);
    const before = await readLockfile(lockfilePath(there));
    const { problems } = await lock(there, { check: false });
    const fresh = await readLockfile(lockfilePath(there));
    if (fresh === undefined) throw new Error('lock wrote no lockfile');
    const kept = keep === undefined ? undefined : await readFileAt(git, keep, `${prefix}${lockfileName}`);
    const after =
      [before, parseIfSound(kept)].find((old) => old !== undefined && differsByCommitAlone(old, fresh)) ?? fresh;
    const changes = await pendingChanges(there, config, after);
    const files = new Map(changes.map(({ path, after: text }) => [`${prefix}${path}`, text ?? null]));
    const isNew = before === undefined || formatLockfile(before) !== formatLockfile(after);
    if (isNew) files.set(`${prefix}${lockfileName}`, formatLockfile(after));
    return { config, before, after, files, problems };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function differsByCommitAlone(old: Lockfile, fresh: Lockfile): boolean {
  const { commit } = fresh.upstream;
  return formatLockfile({ ...old, upstream: { ...old.upstream, commit } }) === formatLockfile(fresh);
}

/** The lockfile of a branch that people may have pushed to: what cannot be read is not kept. */
function parseIfSound(text: string | undefined): Lockfile | undefined {
  if (text === undefined) return undefined;
  try {
    return parseLockfile(text, lockfileName);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A name of contents: equal files have equal names. */
export function contentName(files: FileChanges): string {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 32);
}
