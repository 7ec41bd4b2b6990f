import { attempt } from '../../core/attempt.ts';
import { type Digest, type ImageName, repositoryPath } from '../../core/names.ts';
import { UserError } from '../../core/problem.ts';
import { RegistryError } from '../../registry/errors.ts';
import type { BegunUpload, BlobContent, BlobRef, RegistryClient } from '../../registry/types.ts';
import { notMended } from '../not-mended.ts';
import { blobContent, wrongBytesCode } from '../source/blob.ts';
import type { OwnRepositories, UpstreamRegistry } from '../source/upstream-registries.ts';
import type { BlobRecord } from './index.ts';
import type { TransferQueue } from './queue.ts';

/** What bringing blobs to a destination needs. */
export interface BlobPorts {
  readonly client: Pick<RegistryClient, 'headBlob' | 'mount' | 'upload'>;
  readonly namespace: string;
  /** What repositories of the destination are known to have. */
  readonly record: BlobRecord;
  readonly queue: TransferQueue;
  /** The source and its alternates. */
  readonly places: () => readonly UpstreamRegistry[];
  readonly own: OwnRepositories;
  /** Whether the destination does not have an image's repository yet. */
  readonly isNew: (image: ImageName) => Promise<boolean>;
  readonly onBytes?: (count: number) => void;
  /** Told how many bytes will be transferred, once that is known; less than 0 where they need not be. */
  readonly onExpected?: (count: number) => void;
}

export interface EnsureOptions {
  /** Asks, whatever is known. */
  readonly ask?: boolean;
}

/** Brings blobs to the repositories of one destination. */
export type EnsureBlob = (image: ImageName, blob: BlobRef, options?: EnsureOptions) => Promise<void>;

/** An upload in place of a mount, and the repository that has the blob, where one has it. */
interface Begun {
  readonly from?: string;
  readonly upload: BegunUpload;
}

/** Begins the upload of a blob when its turn comes; `undefined`: in the usual way. */
type Begin = () => Promise<'mounted' | Begun | undefined>;

/** How many repositories that may have lost a blob are asked to give it. */
const mostMounts = 2;
/** How often wrong bytes are asked for again, where no other place is left. */
const mostWrong = 3;

/**
 * Ensures that a repository of a destination has a blob, asking only what is not known: what the run or the record has put
 * there is there; what another repository has is mounted; where neither is known, and the repository is not new, one HEAD
 * tells. Else it is uploaded from the source. No blob is fetched twice: who comes second waits, and then mounts.
 */
export function ensureBlobs(ports: BlobPorts): EnsureBlob {
  const { client, namespace, record } = ports;
  const underWay = new Map<string, Promise<void>>();
  const fetching = new Map<Digest, Promise<void>>();
  let mounts: 'unknown' | 'work' | 'do not' = 'unknown';
  let takesClaims = true;

  /** Mounts a blob from one of the repositories that have it; else gives who has it, and the upload that was begun. */
  const mount = async (repository: string, blob: BlobRef): Promise<'mounted' | Begun | undefined> => {
    for (const from of record.repositories(blob.digest).slice(0, mostMounts)) {
      const answer = await attempt(() => client.mount(repository, blob.digest, from));
      // Perhaps this account may not read the other repository.
      if (!answer.ok) continue;
      if (answer.value === 'not-found') {
        await record.forget(from, [blob.digest]);
        continue;
      }
      if (answer.value === 'mounted') {
        mounts = 'work';
        return 'mounted';
      }
      if (mounts === 'unknown') mounts = 'do not';
      return { from, upload: answer.value };
    }
    return undefined;
  };

  const look = async (image: ImageName, repository: string, blob: BlobRef): Promise<Found> =>
    (await ports.isNew(image)) ? 'absent' : lookAtBlob(client, repository, blob);
  const isThere = async (image: ImageName, repository: string, blob: BlobRef): Promise<boolean> =>
    (await look(image, repository, blob)) === 'there';

  const upload = async (image: ImageName, repository: string, blob: BlobRef, begin: Begin): Promise<void> => {
    ports.onExpected?.(blob.size);
    const onBytes = furthest(ports.onBytes);
    await ports.queue.run(blob.size, async () => {
      const begun = await begin();
      if (begun === 'mounted') return ports.onExpected?.(-blob.size);
      const near = begun?.from === undefined ? [] : ports.own.having(begun.from);
      let first = begun?.upload;
      for (let tries = 1; ; tries += 1) {
        const content = onBytes((on) => blobContent(image, blob, () => [...near, ...ports.places()], on));
        const own = first;
        first = undefined;
        try {
          return await client.upload(repository, blob, content, own);
        } catch (error) {
          if (!isWrongBytes(error) || tries >= mostWrong) throw error;
        }
      }
    });
  };

  /** From afar: nobody else fetches it meanwhile, and who waits for it finds it on record. */
  const fetch = (image: ImageName, repository: string, blob: BlobRef, seen: Found | undefined): Promise<void> => {
    const work = async (): Promise<void> => {
      try {
        const before = seen ?? (await look(image, repository, blob));
        const looksNew = before === 'absent' && (await ports.isNew(image));
        const begin = looksNew ? () => claim(repository, blob) : async () => undefined;
        if (before !== 'there') await upload(image, repository, blob, begin);
        if (before === 'broken') await checkMended(image, repository, blob);
        await record.add(repository, [blob.digest]);
      } finally {
        fetching.delete(blob.digest);
      }
    };
    const own = work();
    fetching.set(blob.digest, own);
    return own;
  };

  /**
   * Begins the upload to a repository that looks new as a mount from itself: should the repository have the blob, which a
   * run that was cut off may have left, the registry says so, at no further request.
   */
  const claim = async (repository: string, blob: BlobRef): Promise<'mounted' | Begun | undefined> => {
    if (!takesClaims) return undefined;
    const answer = await attempt(() => client.mount(repository, blob.digest, repository));
    if (!answer.ok && !refusesMounts(answer.error)) throw answer.error;
    takesClaims = answer.ok && answer.value !== 'not-found';
    if (!answer.ok || answer.value === 'not-found') return undefined;
    return answer.value === 'mounted' ? 'mounted' : { upload: answer.value };
  };

  /** A registry may take a blob again that it has, and keep what it has. */
  const checkMended = async (image: ImageName, repository: string, blob: BlobRef): Promise<void> => {
    if ((await lookAtBlob(client, repository, blob)) === 'there') return;
    await record.forget(repository, [blob.digest]);
    throw notMended(`a blob of ${image}`, blob.digest, 'it has another size, or cannot be read');
  };

  const ensure = async (image: ImageName, repository: string, blob: BlobRef, ask: boolean): Promise<void> => {
    // Asked before it is begun, which is what tells of a run that was cut off.
    await ports.isNew(image);
    await record.begin(repository);
    const { digest } = blob;
    const seen = ask ? await look(image, repository, blob) : undefined;
    if (seen === 'there') return record.add(repository, [digest]);
    if (seen !== undefined) await record.forget(repository, [digest]);
    for (let other = fetching.get(digest); other !== undefined; other = fetching.get(digest)) {
      // The first caller reports its failure.
      await Promise.allSettled([other]);
    }
    // What is broken here may be broken for all repositories, which share it.
    if (seen !== 'broken' && record.repositories(digest).length > 0) {
      if (!ask && mounts === 'do not' && (await isThere(image, repository, blob)))
        return record.add(repository, [digest]);
      const mounted = await mount(repository, blob);
      if (mounted === 'mounted') return record.add(repository, [digest]);
      if (mounted !== undefined) {
        await upload(image, repository, blob, async () => mounted);
        return record.add(repository, [digest]);
      }
    }
    const other = fetching.get(digest);
    await (other === undefined ? fetch(image, repository, blob, seen) : ensure(image, repository, blob, ask));
  };

  return (image, blob, { ask = false } = {}) => {
    const repository = repositoryPath(namespace, image);
    if (!ask && record.has(repository, blob.digest)) return Promise.resolve();
    const key = `${repository} ${blob.digest}`;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const own = ensure(image, repository, blob, ask).finally(() => underWay.delete(key));
    underWay.set(key, own);
    return own;
  };
}

/** Answers that may be about the mount, and not about the upload. */
const mountRefusals: readonly (number | undefined)[] = [400, 403, 404, 405, 422, 501];

function refusesMounts(error: unknown): boolean {
  return error instanceof RegistryError && mountRefusals.includes(error.status);
}

/** What a repository has of a blob. What it cannot say it may not serve. */
type Found = 'there' | 'absent' | 'broken';

async function lookAtBlob(client: BlobPorts['client'], repository: string, blob: BlobRef): Promise<Found> {
  const head = await attempt(() => client.headBlob(repository, blob.digest));
  if (!head.ok && head.code !== 'registry/server') throw head.error;
  if (!head.ok) return 'broken';
  if (head.value === undefined) return 'absent';
  return (head.value.size ?? blob.size) === blob.size ? 'there' : 'broken';
}

function isWrongBytes(error: unknown): boolean {
  return error instanceof UserError && !(error instanceof RegistryError) && error.problems[0]?.code === wrongBytesCode;
}

/** Makes content that tells of its bytes. */
type Making = (onBytes: (count: number) => void) => BlobContent;

/**
 * Tells of the bytes of one blob once, however often it is sent: of a second try only what goes beyond the first.
 *
 * @param onBytes told of bytes that were not passed on before
 */
function furthest(onBytes: (count: number) => void = () => {}): (make: Making) => BlobContent {
  let reached = 0;
  return (make) => (signal) => {
    let passed = 0;
    const content = make((count) => {
      passed += count;
      if (passed <= reached) return;
      onBytes(passed - reached);
      reached = passed;
    });
    return content(signal);
  };
}
