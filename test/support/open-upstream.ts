import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Problem, UserError } from '../../src/core/problem.ts';
import { openUpstream, type UpstreamOptions } from '../../src/upstream/open.ts';
import { readLibrary } from '../../src/upstream/reader.ts';
import type { Library, UpstreamSnapshot } from '../../src/upstream/types.ts';
import { gitIn, plainEnv } from './git.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Real data; the tests that need it say so in their name, and are skipped where it is absent. */
export const bundle = fileURLToPath(new URL('../../../shared/data/official-images.bundle', import.meta.url));
export const bundleIsAbsent = !existsSync(bundle);
export const needsBundle = bundleIsAbsent ? ' (skipped: official-images.bundle is absent)' : '';

/** git in a folder, as upstream. */
export function git(folder: string, ...command: readonly string[]): Promise<string> {
  const upstream = { name: 'Upstream', email: 'upstream@example.com', date: '2026-01-01T00:00:00Z' };
  return gitIn(folder, upstream)(...command);
}

/** Opens an upstream, with a cache of its own unless `cacheDirectory` says another. */
export function open(
  repository: string,
  ref: string,
  options: Partial<UpstreamOptions> = {},
): Promise<UpstreamSnapshot> {
  const cacheDirectory = options.cacheDirectory ?? join(temporaryDirectory().path, 'cache');
  return openUpstream({ repository, ref }, { cacheDirectory, env: plainEnv, ...options });
}

export function libraryOf({ files, commit, refusals }: UpstreamSnapshot): Library {
  return readLibrary(files, commit, refusals);
}

/** What the README of official-images counts: entries, sets of shared tags, and tags. */
export function count({ images }: Library): { entries: number; shared: number; tags: number } {
  const groups = images.flatMap((image) => image.groups);
  return {
    entries: images.reduce((sum, image) => sum + image.entryCount, 0),
    shared: groups.filter((group) => group.shared).length,
    tags: groups.reduce((sum, group) => sum + group.tags.length, 0),
  };
}

/** The only problem of the UserError that `work` must end in. */
export async function problemOf(work: Promise<unknown>): Promise<Problem & { exitCode: number }> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof UserError)) throw new Error('No UserError was thrown.', { cause: outcome });
  const [problem] = outcome.problems;
  if (problem === undefined || outcome.problems.length > 1) throw outcome;
  return { ...problem, exitCode: outcome.exitCode };
}
