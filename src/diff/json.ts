import { countDiff } from './diff.ts';
import type { DiffCounts, LockDiff } from './types.ts';

/** The shape that `mirrorlock diff --json` prints. */
export type DiffJson = { readonly schema: 'mirrorlock/diff/v1'; readonly counts: DiffCounts } & LockDiff;

/** The difference as data, with its counts. */
export function diffJson(diff: LockDiff): DiffJson {
  return { schema: 'mirrorlock/diff/v1', counts: countDiff(diff), ...diff };
}
