import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { TransferQueue } from '../apply/blobs/queue.ts';
import type { Receiver } from '../apply/engine.ts';
import { blobContent } from '../apply/source/blob.ts';
import type { UpstreamRegistry } from '../apply/source/upstream-registries.ts';
import type { Digest } from '../core/names.ts';
import type { BlobRef } from '../registry/types.ts';
import type { ExportStore } from './export-store.ts';
import { type BlobFolder, names } from './folder.ts';

export interface LayoutReceiverOptions {
  readonly store: ExportStore;
  readonly folder: BlobFolder;
  readonly places: () => readonly UpstreamRegistry[];
  readonly queue: TransferQueue;
  readonly signal: AbortSignal;
  readonly onBytes?: (count: number) => void;
  /** Told how many bytes will be transferred, once that is known. */
  readonly onExpected?: (count: number) => void;
}

/** The layout of an export, as what manifests and blobs are brought to. */
export interface LayoutReceiver extends Receiver {
  /** Removes what is not whole. Nothing may be under way. */
  close(): Promise<void>;
}

/** Opens the layout of an export. A file takes its name when it is whole. */
export async function layoutReceiver(options: LayoutReceiverOptions): Promise<LayoutReceiver> {
  const { store, folder, places, queue, signal, onBytes, onExpected } = options;
  const partial = join(folder.path, names.partial);
  const removePartial = () => rm(partial, { recursive: true, force: true });
  await removePartial();
  await mkdir(partial, { recursive: true });
  const underWay = new Map<Digest, Promise<void>>();

  const fetch = async (image: Parameters<Receiver['ensureBlob']>[0], blob: BlobRef): Promise<void> => {
    const file = join(partial, blob.digest.slice('sha256:'.length));
    onExpected?.(blob.size);
    const content = blobContent(image, blob, places, onBytes);
    await queue.run(blob.size, () => pipeline(content(signal), createWriteStream(file), { signal }));
    await folder.keep(file, blob.digest, blob.size);
  };
  return {
    has: async (image, digest) => (await store.head(image, digest)) !== undefined,
    async ensureBlob(image, blob) {
      for (let other = underWay.get(blob.digest); other !== undefined; other = underWay.get(blob.digest)) {
        // The first caller reports its failure.
        await Promise.allSettled([other]);
      }
      if (store.hadEarlier(image, blob.digest) || folder.size(blob.digest) !== undefined) return;
      const own = fetch(image, blob).finally(() => underWay.delete(blob.digest));
      underWay.set(blob.digest, own);
      await own;
    },
    putManifest: (_image, { digest, bytes }) => folder.write(digest, bytes),
    async doubt() {},
    close: removePartial,
  };
}
