import { createHash } from 'node:crypto';
import { manifestMemory } from '../../src/apply/source/reader.ts';
import type { ApplyPorts } from '../../src/apply/types.ts';
import { attempt } from '../../src/core/attempt.ts';
import { type Digest, type ImageName, parseDigest, parseImageName, type Tag } from '../../src/core/names.ts';
import { type Problem, problemError } from '../../src/core/problem.ts';
import { type LockedGroup, type LockedImage, lockedGroups } from '../../src/lock/types.ts';
import type { HeadDigest } from '../../src/plan/types.ts';
import { isIndex } from '../../src/registry/media-types.ts';
import type { Manifest, ManifestHead } from '../../src/registry/types.ts';
import { tags } from '../support/lockfiles.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

export interface ModelManifest extends Manifest {
  readonly children: readonly Digest[];
}

function manifestOf(mediaType: string, json: object, children: readonly Digest[]): ModelManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...json }));
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  return { digest, mediaType, bytes, children };
}

/** A manifest without children; equal names give equal bytes. */
export function single(name: string): ModelManifest {
  const digest = `sha256:${createHash('sha256').update(name).digest('hex')}`;
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 1 };
  return manifestOf(manifestType, { config, layers: [] }, []);
}

/** An index over manifests, each of another platform. */
export function index(...children: readonly ModelManifest[]): ModelManifest {
  const manifests = children.map(({ digest, mediaType, bytes }, position) => ({
    digest,
    mediaType,
    size: bytes.byteLength,
    platform: { os: 'linux', architecture: `arch${position}` },
  }));
  return manifestOf(
    indexType,
    { manifests },
    children.map(({ digest }) => digest),
  );
}

/** A locked group of tags at a manifest. */
export function groupAt({ digest }: ModelManifest, line: string): LockedGroup {
  return { digest, tags: tags(line) };
}

export function imageOf(name: string, ...entries: readonly LockedGroup[]): LockedImage {
  return { image: parseImageName(name), entries };
}

/** One thing that a port is asked for. */
export type Operation = 'source.get' | 'head' | 'get' | 'put' | 'copy';
/** Throws where an operation is to fail; `what` is `image:tag` or `image@digest`. */
export type Fault = (operation: Operation, what: string) => void;

/**
 * What of a registry matters here: manifests and tags by repository. An index with absent children is refused, unless
 * the registry is `careless`: then nobody but the tool itself sees to it that tags are whole.
 */
export class ModelRegistry {
  readonly manifests = new Map<string, ModelManifest>();
  readonly tags = new Map<string, Digest>();
  readonly #careless: boolean;
  readonly hasPullLimit: boolean;

  constructor({ careless = false, hasPullLimit = false } = {}) {
    this.#careless = careless;
    this.hasPullLimit = hasPullLimit;
  }

  add(image: string, ...manifests: readonly ModelManifest[]): this {
    for (const manifest of manifests) this.manifests.set(`${image}@${manifest.digest}`, manifest);
    return this;
  }

  find(image: string, reference: Tag | Digest): ModelManifest | undefined {
    const digest = reference.includes(':') ? reference : this.tags.get(`${image}:${reference}`);
    return this.manifests.get(`${image}@${digest}`);
  }
  put(image: string, tag: Tag, { digest, bytes, mediaType }: Manifest, children: readonly Digest[]): void {
    const missing = children.find((child) => !this.manifests.has(`${image}@${child}`));
    if (missing !== undefined && !this.#careless)
      throw problemError('model/sparse', 'An index with absent children is refused.', missing);
    this.add(image, { digest, bytes, mediaType, children });
    this.tags.set(`${image}:${tag}`, digest);
  }

  /** Tags that point at something that is not wholly there: there must never be any. */
  brokenTags(): string[] {
    return [...this.tags]
      .filter(([name, digest]) => {
        const [image = ''] = name.split(':');
        const manifest = this.manifests.get(`${image}@${digest}`);
        return manifest === undefined || manifest.children.some((child) => !this.manifests.has(`${image}@${child}`));
      })
      .map(([name]) => name);
  }
}

export interface Model {
  readonly ports: ApplyPorts;
  /** What the destination has, without a fault and without being noted. */
  readonly has: HeadDigest;
  /** Every operation that was asked for, such as `copy alpine@sha256:…`. */
  readonly asked: string[];
}

/**
 * Ports over two registries in memory. `fault` may make any operation fail before it does anything, `lost` after it
 * has done it, as when an answer is lost.
 */
export function model(
  source: ModelRegistry,
  destination: ModelRegistry,
  fault: Fault = () => {},
  lost: Fault = () => {},
): Model {
  const asked: string[] = [];
  const begin = async (operation: Operation, image: string, reference: string) => {
    const what = `${image}${reference.includes(':') ? '@' : ':'}${reference}`;
    asked.push(`${operation} ${what}`);
    await undefined;
    fault(operation, what);
  };
  const memory = manifestMemory(2 ** 30);
  const read = (image: ImageName, digest: Digest) =>
    memory.get(digest, async () => {
      await begin('source.get', image, digest);
      return source.find(image, digest);
    });
  const headOf = (manifest: ModelManifest | undefined): ManifestHead | undefined =>
    manifest && { digest: manifest.digest, mediaType: manifest.mediaType, size: manifest.bytes.byteLength };

  return {
    asked,
    has: async (image, reference) => destination.find(image, reference)?.digest,
    ports: {
      source: {
        get: read,
        hasPullLimit: async () => source.hasPullLimit,
      },
      destination: {
        async head(image, reference) {
          await begin('head', image, reference);
          return headOf(destination.find(image, reference));
        },
        async get(image, digest) {
          await begin('get', image, digest);
          return destination.find(image, digest);
        },
        async hasWhole(image, { digest, size }) {
          await begin('head', image, digest);
          return destination.find(image, digest)?.bytes.byteLength === size;
        },
        async put(image, tag, manifest) {
          await begin('put', image, tag);
          const children = isIndex(manifest.mediaType) ? (source.find(image, manifest.digest)?.children ?? []) : [];
          destination.put(image, tag, manifest, children);
          lost('put', `${image}:${tag}`);
        },
      },
      engine: {
        /** As any engine: an index after its children, and on with the next after a failure. */
        async copy(image, digests) {
          const copyOne = async (digest: Digest): Promise<void> => {
            await begin('copy', image, digest);
            const manifest = await read(image, digest);
            if (manifest === undefined) throw problemError('model/not-found', 'The source lacks it.', digest);
            const children = source.find(image, digest)?.children ?? [];
            for (const child of children) await copyOne(child);
            destination.add(image, { ...manifest, children });
            lost('copy', `${image}@${digest}`);
          };
          const problems = new Map<Digest, Problem>();
          for (const digest of digests) {
            const copied = await attempt(() => copyOne(digest));
            if (!copied.ok) problems.set(digest, copied.problem);
          }
          return problems;
        },
        async close() {},
      },
    },
  };
}

/** Every tag that is locked, as `image:tag`, with its digest. */
export function lockedTags(images: readonly LockedImage[]): Map<string, Digest> {
  return new Map(
    images.flatMap((image) =>
      lockedGroups(image).flatMap(({ digest, tags: own }) =>
        own.map((tag) => [`${image.image}:${tag}`, digest] as const),
      ),
    ),
  );
}
