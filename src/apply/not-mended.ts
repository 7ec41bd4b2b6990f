import { ExitCode } from '../core/exit-code.ts';
import type { Digest } from '../core/names.ts';
import { UserError } from '../core/problem.ts';

/**
 * The destination took something again, and what it serves is damaged still. distribution keeps content by its digest and
 * does not write a file again that is there, damaged or not (measured with 2.8.2).
 *
 * @param what such as `a blob of alpine`
 * @param found what it serves
 */
export function notMended(what: string, digest: Digest, found: string, cause?: unknown): UserError {
  const hex = digest.slice('sha256:'.length);
  const message = `The destination took ${what} again, and its own copy stays damaged: ${found}.`;
  const hint =
    `Its storage has to let go of the damaged file: with docker-registry, remove blobs/sha256/${hex.slice(0, 2)}/${hex}/data, ` +
    'restart it and run `mirrorlock apply --deep`. See docs/sources.md, "A destination that was killed".';
  return new UserError([{ code: 'apply/not-mended', severity: 'error', message, value: digest, hint }], {
    exitCode: ExitCode.failed,
    cause,
  });
}
