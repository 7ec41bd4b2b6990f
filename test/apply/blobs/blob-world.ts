import { Readable } from 'node:stream';
import { type BlobPorts, type EnsureBlob, ensureBlobs } from '../../../src/apply/blobs/ensure.ts';
import { type BlobRecord, openBlobRecord } from '../../../src/apply/blobs/index.ts';
import { transferQueue } from '../../../src/apply/blobs/queue.ts';
import {
  ownRepositories,
  type SourceClient,
  type UpstreamRegistry,
  upstreamRegistry,
} from '../../../src/apply/source/upstream-registries.ts';
import type { RegistryNamespace } from '../../../src/config/types.ts';
import { digestOf } from '../../../src/core/digest-of.ts';
import type { Digest } from '../../../src/core/names.ts';
import type { BegunUpload, BlobRef, RegistryClient } from '../../../src/registry/types.ts';

/** Content of a name, as a blob. */
export function blobNamed(name: string): BlobRef & { readonly bytes: Uint8Array } {
  const bytes = Buffer.from(`content of ${name}`);
  return { digest: digestOf(bytes), size: bytes.byteLength, bytes };
}

export interface BlobWorldOptions {
  /** What the source has. */
  readonly blobs: readonly (BlobRef & { readonly bytes: Uint8Array })[];
  /** How the destination answers a mount of what it has; one of what it does not have begins an upload. */
  readonly mounts?: 'made' | 'begun';
  readonly atOnce?: number;
  readonly isNew?: BlobPorts['isNew'];
  /** Called before each request, such as `HEAD mirror/a sha256:…`, `MOUNT to digest from`, `GET source repository digest`. */
  readonly before?: (request: string) => Promise<void> | void;
  /** The bytes that the source sends; default: the right ones. */
  readonly send?: (bytes: Uint8Array, nth: number) => Uint8Array;
  readonly record?: BlobRecord;
}

export interface BlobWorld {
  readonly ensure: EnsureBlob;
  readonly record: BlobRecord;
  /** The blobs of each repository of the destination. */
  has(repository: string, blob: BlobRef): boolean;
  put(repository: string, blob: BlobRef & { readonly bytes: Uint8Array }): void;
  lose(repository: string, blob: BlobRef): void;
  readonly asked: string[];
  /** How many requests begin so. */
  count(start: string): number;
  readonly client: Pick<RegistryClient, 'headBlob' | 'mount' | 'upload'>;
  readonly own: ReturnType<typeof ownRepositories>;
}

const placeOf = (host: string, namespace: string): RegistryNamespace => ({
  registry: { host, insecure: false },
  namespace,
});

/** A source and a destination in memory, and what ensures that blobs of one are at the other. */
export async function blobWorld(options: BlobWorldOptions): Promise<BlobWorld> {
  const { blobs, mounts = 'made', atOnce = 8, isNew = async () => false, before = () => {}, send } = options;
  const record = options.record ?? (await openBlobRecord(undefined));
  const there = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const ask = async (request: string): Promise<void> => {
    asked.push(request);
    await before(request);
  };
  const keyOf = (repository: string, digest: Digest) => `${repository} ${digest}`;
  const begun = (): BegunUpload => ({ url: new URL('http://r.example/upload'), isElsewhere: false, leastPart: 0 });

  const reading = (
    name: string,
    find: (repository: string, digest: Digest) => Uint8Array | undefined,
  ): SourceClient => {
    let nth = 0;
    return {
      ...{ pullLimit: undefined, counts: { manifestGet: 0 } },
      head: async () => undefined,
      get: async () => undefined,
      async openBlob(repository, digest) {
        await ask(`GET ${name} ${repository} ${digest}`);
        const bytes = find(repository, digest);
        if (bytes === undefined) return undefined;
        nth += 1;
        const sent = name === 'source' ? (send?.(bytes, nth) ?? bytes) : bytes;
        return { offset: 0, stream: Readable.from([sent.subarray(0, 5), sent.subarray(5)]) };
      },
    };
  };
  const client: BlobWorld['client'] = {
    async headBlob(repository, digest) {
      await ask(`HEAD ${keyOf(repository, digest)}`);
      const bytes = there.get(keyOf(repository, digest));
      return bytes === undefined ? undefined : { size: bytes.byteLength };
    },
    async mount(repository, digest, from) {
      await ask(`MOUNT ${keyOf(repository, digest)} ${from}`);
      const bytes = there.get(keyOf(from, digest));
      if (bytes === undefined || mounts === 'begun') return begun();
      there.set(keyOf(repository, digest), bytes);
      return 'mounted';
    },
    async upload(repository, { digest }, content, upload) {
      await ask(`${upload === undefined ? 'UPLOAD' : 'FILL'} ${keyOf(repository, digest)}`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of content(new AbortController().signal)) chunks.push(Uint8Array.from(chunk));
      const bytes = Buffer.concat(chunks);
      if (digestOf(bytes) !== digest) throw new Error('wrong bytes were committed');
      there.set(keyOf(repository, digest), bytes);
    },
  };
  const source: UpstreamRegistry = upstreamRegistry(
    {
      place: placeOf('source.example', 'library'),
      client: reading('source', (_, digest) => blobs.find((blob) => blob.digest === digest)?.bytes),
    },
    true,
  );
  const own = ownRepositories({
    place: placeOf('r.example', 'mirror'),
    client: reading('own', (repository, digest) => there.get(keyOf(repository, digest))),
  });
  const ensure = ensureBlobs({
    ...{ client, record, own, isNew, namespace: 'mirror', queue: transferQueue(atOnce), places: () => [source] },
  });
  return {
    ...{ ensure, record, asked, client, own },
    has: (repository, { digest }) => there.has(keyOf(repository, digest)),
    put: (repository, { digest, bytes }) => void there.set(keyOf(repository, digest), bytes),
    lose: (repository, { digest }) => void there.delete(keyOf(repository, digest)),
    count: (start) => asked.filter((one) => one.startsWith(start)).length,
  };
}
