import type { Config } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';

/** `policy.dropped: prune` is read, and nothing is deleted yet: that is safe, and must be said. */
export function pruneWarnings({ dropped, file }: Config): Problem[] {
  if (dropped === 'keep') return [];
  const message = 'Dropped tags are kept: this version of mirrorlock deletes nothing at a destination.';
  const hint = `Set \`policy: {dropped: keep}\` in ${file}, or delete them by other means.`;
  return [{ code: 'apply/prune-not-supported', severity: 'warning', message, value: 'prune', hint }];
}
