import type { Config } from '../config/types.ts';
import { type Problem, problemError } from '../core/problem.ts';

/**
 * `platforms` asks for rewritten indexes, which this version does not make: to go on with all platforms would lock
 * other digests than the configuration asks for.
 *
 * @throws UserError `lock/platforms-not-supported`
 */
export function refusePlatforms({ platforms, file }: Config): void {
  if (platforms === undefined) return;
  const message = `This version of mirrorlock cannot leave platforms out (\`platforms\` in ${file}).`;
  const hint = 'Remove `platforms`: all platforms are mirrored, with upstream’s own digests.';
  throw problemError('lock/platforms-not-supported', message, platforms.join(', '), hint);
}

/** `policy.dropped: prune` is read, and nothing is deleted yet: that is safe, and must be said. */
export function pruneWarnings({ dropped, file }: Config): Problem[] {
  if (dropped === 'keep') return [];
  const message = 'Dropped tags are kept: this version of mirrorlock deletes nothing at a destination.';
  const hint = `Set \`policy: {dropped: keep}\` in ${file}, or delete them by other means.`;
  return [{ code: 'apply/prune-not-supported', severity: 'warning', message, value: 'prune', hint }];
}
