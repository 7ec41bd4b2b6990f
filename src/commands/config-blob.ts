import { createHash } from 'node:crypto';
import { ExitCode } from '../core/exit-code.ts';
import type { Digest } from '../core/names.ts';
import { UserError } from '../core/problem.ts';
import type { RegistryClient } from '../registry/types.ts';

/** The largest config of an official image has some 20 kB. */
const largestConfig = 4 * 1024 * 1024;

/**
 * Reads the config of an image whole, and checks it; `undefined` when the registry says 404.
 *
 * @throws UserError `resolve/bad-config` for other bytes than the digest's, too many, or a body that breaks off
 */
export async function readConfigBlob(
  client: RegistryClient,
  repository: string,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  const body = await client.openBlob(repository, digest);
  if (body === undefined) return undefined;
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of body.stream as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length > largestConfig) break;
      parts.push(part);
    }
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw badConfig('The config of an image broke off.', digest, cause);
  }
  const bytes = Buffer.concat(parts);
  if (length <= largestConfig && digest === `sha256:${createHash('sha256').update(bytes).digest('hex')}`) return bytes;
  throw badConfig('The source sent other bytes than the config of the image.', digest);
}

function badConfig(message: string, value: Digest, cause?: Error): UserError {
  const problem = { code: 'resolve/bad-config', severity: 'error' as const, message, value };
  return new UserError([problem], { exitCode: ExitCode.failed, cause });
}
