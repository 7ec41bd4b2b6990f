import { attempt } from '../core/attempt.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { RegistryError } from '../registry/errors.ts';
import { isIndex, parseIndex } from '../registry/manifest-types.ts';
import type { BlobRef, Manifest } from '../registry/types.ts';
import type { EnsureOptions } from './blobs/ensure.ts';
import { contentsOf } from './contents.ts';
import { readAtSource } from './read-group.ts';
import type { Engine, SourceManifests } from './types.ts';

/** Where manifests and their blobs are brought to: the repositories of a registry, or a layout in a folder. */
export interface Receiver {
  /** Ensures that a blob is there. */
  ensureBlob(image: ImageName, blob: BlobRef, options?: EnsureOptions): Promise<void>;
  /** Whether a manifest is there. */
  has(image: ImageName, digest: Digest): Promise<boolean>;
  /** Puts a manifest under its own digest; all that it names is there. */
  putManifest(image: ImageName, manifest: Manifest): Promise<void>;
  /** These blobs are perhaps not there, whatever is known of them. */
  doubt(image: ImageName, blobs: readonly BlobRef[]): Promise<void>;
}

export interface DirectEngineOptions {
  readonly source: SourceManifests;
  readonly receiver: Receiver;
  /** Asks for each blob, whatever is known of it: see `apply --deep`. */
  readonly deep?: boolean;
}

/**
 * Copies manifests with all that they name: blobs first, side by side, then the manifest under its digest. Of an index its
 * children come before it. Each is copied once in a run, however many ask.
 */
export function directEngine({ source, receiver, deep = false }: DirectEngineOptions): Engine {
  const underWay = new Map<string, Promise<void>>();

  const copy = async (image: ImageName, digest: Digest): Promise<void> => {
    const manifest = await readAtSource(image, digest, source);
    if (isIndex(manifest.mediaType)) {
      const children = parseIndex(manifest.bytes).children.map((child) => child.digest);
      await all(children, async (child) => {
        if (!(await receiver.has(image, child))) await copyOnce(image, child);
      });
      return receiver.putManifest(image, manifest);
    }
    const { blobs, hasForeign } = contentsOf(manifest);
    const ensure = (options?: EnsureOptions) => all(blobs, (blob) => receiver.ensureBlob(image, blob, options));
    await ensure(deep ? { ask: true } : undefined);
    const first = await attempt(() => receiver.putManifest(image, manifest));
    if (first.ok) return;
    let { error } = first;
    if (missesBlobs(error)) {
      await receiver.doubt(image, blobs);
      await ensure({ ask: true });
      const second = await attempt(() => receiver.putManifest(image, manifest));
      if (second.ok) return;
      error = second.error;
    }
    throw hasForeign ? maybeForForeign(error) : error;
  };

  const copyOnce = (image: ImageName, digest: Digest): Promise<void> => {
    const key = `${image}@${digest}`;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const own = copy(image, digest).finally(() => underWay.delete(key));
    underWay.set(key, own);
    return own;
  };

  return {
    async copy(image, digests) {
      const copied = await Promise.all(
        digests.map(async (digest) => ({ digest, done: await attempt(() => copyOnce(image, digest)) })),
      );
      return new Map<Digest, Problem>(
        copied.flatMap(({ digest, done }) => (done.ok ? [] : [[digest, done.problem] as const])),
      );
    },
    async close() {
      await Promise.allSettled(underWay.values());
    },
  };
}

/** Does work for each side by side, and waits for all. @throws a bug or an interrupt before what a user can reach */
async function all<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(items.map(work));
  const reasons = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof UserError)) ?? reasons[0];
}

/** The registry does not have a blob that it was believed to have (OCI distribution spec, "Error Codes"). */
function missesBlobs(error: UserError): boolean {
  return (
    error instanceof RegistryError &&
    (error.status === 404 || /blob.?unknown|unknown.?blob|MANIFEST_BLOB_UNKNOWN/i.test(error.details.said ?? ''))
  );
}

/** distribution answers 400 or 500 to `urls` that it is not told to take (measured with 2.8.2), and gives no reason. */
function maybeForForeign(error: UserError): UserError {
  if (!(error instanceof RegistryError) || !['server', 'refused'].includes(error.kind)) return error;
  const problems = error.problems.map((problem) => ({
    ...problem,
    code: 'apply/foreign-layers',
    message: 'The destination did not take an image with foreign layers, which stand elsewhere (`urls`).',
    value: problem.message,
    hint: 'Let the registry take them (distribution: `validation.manifests.urls.allow`), or leave the platform out by `platforms`.',
  }));
  return new UserError(problems, { exitCode: error.exitCode, cause: error });
}
