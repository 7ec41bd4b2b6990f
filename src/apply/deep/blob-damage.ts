import { createHash } from 'node:crypto';
import { attempt } from '../../core/attempt.ts';
import { steadily } from '../../http/least-rate.ts';
import { TransportError } from '../../http/transport-error.ts';
import type { BlobRef, RegistryClient } from '../../registry/types.ts';
import type { TransferQueue } from '../blobs/queue.ts';
import { notFound, reasonOf } from './look.ts';

/** How often a body that breaks off is read. */
const mostReads = 3;

/**
 * What is wrong with a blob by its HEAD: it is absent, of another size, or cannot be served; `undefined` where nothing is.
 *
 * @throws RegistryError what says nothing of the blob, such as 403
 */
export async function headDamage(
  client: Pick<RegistryClient, 'headBlob'>,
  repository: string,
  { digest, size }: BlobRef,
): Promise<string | undefined> {
  const head = await attempt(() => client.headBlob(repository, digest));
  if (!head.ok && head.code !== 'registry/server') throw head.error;
  if (!head.ok) return reasonOf(head.error);
  if (head.value === undefined) return notFound;
  const seen = head.value.size ?? size;
  return seen === size ? undefined : `it has ${seen} bytes, not ${size}`;
}

/**
 * What is wrong with the bytes of a blob, which are read one after another and not kept; `undefined` where nothing is.
 *
 * @param onBytes told of bytes that have come
 * @throws RegistryError what says nothing of the blob, such as 403
 */
export async function contentDamage(
  client: Pick<RegistryClient, 'openBlob'>,
  repository: string,
  blob: BlobRef,
  queue: TransferQueue,
  onBytes: (count: number) => void,
): Promise<string | undefined> {
  return queue.run(blob.size, async () => {
    for (let reads = 1; ; reads += 1) {
      const opened = await attempt(() => client.openBlob(repository, blob.digest));
      if (!opened.ok && opened.code !== 'registry/server') throw opened.error;
      if (!opened.ok) return reasonOf(opened.error);
      if (opened.value === undefined) return notFound;
      const read = await readBody(opened.value.stream, blob, onBytes);
      if (!read.brokeOff || reads === mostReads) return read.damage;
    }
  });
}

async function readBody(
  stream: AsyncIterable<Uint8Array> & { destroy(): unknown },
  { digest, size }: BlobRef,
  onBytes: (count: number) => void,
): Promise<{ damage?: string; brokeOff?: boolean }> {
  const hash = createHash('sha256');
  let count = 0;
  try {
    for await (const chunk of steadily(stream)) {
      count += chunk.byteLength;
      if (count > size) return { damage: `it has more than ${size} bytes` };
      hash.update(chunk);
      onBytes(chunk.byteLength);
    }
  } catch (error) {
    return {
      damage: `it breaks off after ${count} of ${size} bytes: ${TransportError.from(error).reason}`,
      brokeOff: true,
    };
  } finally {
    stream.destroy();
  }
  if (count !== size) return { damage: `it has ${count} bytes, not ${size}` };
  return `sha256:${hash.digest('hex')}` === digest ? {} : { damage: 'its bytes have another digest' };
}
