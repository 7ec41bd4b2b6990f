import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Digest, parseDigest } from '../../../src/core/names.ts';

/** The sha256 digest of some bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

/** `length` bytes that look random and follow from `seed` alone. */
export function bytesFrom(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}

export interface LayerContent {
  /** A gzipped tar archive. */
  readonly bytes: Buffer;
  /** The digest of the archive before gzip (OCI image spec, config.md, "Layer DiffID"). */
  readonly diffId: Digest;
}

/** A layer with one file of `length` bytes, which follow from `seed`. */
export function layerFrom(seed: string, length: number): LayerContent {
  const tar = tarOf('content', bytesFrom(seed, length));
  return { bytes: gzipOf(tar), diffId: digestOf(tar) };
}

/** A tar archive of one file (POSIX.1-2017, pax, "ustar Interchange Format"). */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(content.length, 11) + octal(0, 11), 100);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}

/**
 * Gzip (RFC 1952) with stored blocks (RFC 1951, 3.2.4). Written here since zlib's bytes differ between versions of
 * Node, and digests in tests must not.
 */
function gzipOf(content: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])];
  for (let start = 0; start < content.length; start += 0xffff) {
    const block = content.subarray(start, start + 0xffff);
    const head = Buffer.alloc(5);
    head.writeUInt8(start + block.length === content.length ? 1 : 0, 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  return Buffer.concat([...parts, trailer]);
}
