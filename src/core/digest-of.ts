import { createHash } from 'node:crypto';
import { type Digest, isDigest } from './names.ts';

/** The sha256 digest of bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (isDigest(digest)) return digest;
  throw new Error('a sha256 digest is 64 hexadecimal digits');
}
