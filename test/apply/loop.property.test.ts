import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply.ts';
import { contentsOf } from '../../src/apply/contents.ts';
import { directEngine } from '../../src/apply/engine.ts';
import { unlimitedScheduler } from '../../src/apply/limit/scheduler.ts';
import { destinationManifests, registryReceiver } from '../../src/apply/registry-receiver.ts';
import { manifestMemory } from '../../src/apply/source/reader.ts';
import { digestOf } from '../../src/core/digest-of.ts';
import { type Digest, parseImageName, repositoryPath } from '../../src/core/names.ts';
import { problemError } from '../../src/core/problem.ts';
import type { LockedImage } from '../../src/lock/types.ts';
import { look } from '../../src/plan/look.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { RegistryError } from '../../src/registry/errors.ts';
import { isIndex, parseIndex } from '../../src/registry/manifest-types.ts';
import type { Manifest, RegistryClient } from '../../src/registry/types.ts';
import { blobNamed, blobWorld } from './blobs/blob-world.ts';
import { groupAt, imageOf, index, lockedTags, type ModelManifest } from './model.ts';

const images = ['alpine', 'debian', 'golang'];
const blobs = ['base', 'a', 'b', 'c', 'config'].map(blobNamed);
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** A manifest that names blobs, the first of them as its config. */
function manifestOf(...[config, ...layers]: readonly (typeof blobs)[number][]): ModelManifest {
  const describe = (blob = blobs[0]) => ({ mediaType: 'x/y', digest: blob?.digest, size: blob?.size });
  const json = { schemaVersion: 2, mediaType: manifestType, config: describe(config), layers: layers.map(describe) };
  const bytes = Buffer.from(JSON.stringify(json));
  return { digest: digestOf(bytes), mediaType: manifestType, bytes, children: [] };
}

const anyManifest = fc.subarray(blobs, { minLength: 1 }).map((some) => manifestOf(...some));
const anyTop = fc.oneof(
  anyManifest,
  fc
    .uniqueArray(anyManifest, { maxLength: 4, selector: ({ digest }) => digest })
    .map((some) => ({ top: index(...some), some })),
);

interface World {
  readonly locked: readonly LockedImage[];
  readonly published: ReadonlyMap<Digest, ModelManifest>;
}

const anyWorld: fc.Arbitrary<World> = fc.tuple(...images.map(() => fc.array(anyTop, { maxLength: 4 }))).map((tops) => {
  const published = new Map<Digest, ModelManifest>();
  const locked = tops.map((own, position) => {
    const groups = new Map<Digest, ModelManifest>();
    for (const one of own) {
      const top = 'top' in one ? one.top : one;
      groups.set(top.digest, top);
      for (const manifest of 'top' in one ? [top, ...one.some] : [top]) published.set(manifest.digest, manifest);
    }
    return imageOf(images[position] ?? '', ...[...groups.values()].map((top, number) => groupAt(top, `t${number}`)));
  });
  return { locked, published };
});

/** Manifests and tags of a destination that takes none whose content it does not have. */
class Destination {
  readonly manifests = new Map<string, Manifest>();
  readonly tags = new Map<string, Digest>();

  find(repository: string, reference: string): Manifest | undefined {
    const digest = reference.includes(':') ? reference : this.tags.get(`${repository}:${reference}`);
    return this.manifests.get(`${repository}@${digest}`);
  }
}

type Blobs = Awaited<ReturnType<typeof blobWorld>>;
type Before = (request: string) => Promise<void>;

function manifestClient(there: Destination, content: () => Blobs, before: Before) {
  const client: Pick<RegistryClient, 'head' | 'get' | 'put'> = {
    async head(repository, reference) {
      await before(`HEAD ${repository} ${reference}`);
      const found = there.find(repository, reference);
      return found && { digest: found.digest, mediaType: found.mediaType, size: found.bytes.byteLength };
    },
    async get(repository, reference) {
      await before(`GET ${repository} ${reference}`);
      return there.find(repository, reference);
    },
    async put(repository, reference, manifest) {
      await before(`PUT ${repository} ${reference}`);
      if (!isWhole(there, content(), repository, manifest)) {
        const request = { method: 'PUT', host: 'r.example' };
        throw new RegistryError({
          kind: 'refused',
          request,
          summary: 'no.',
          said: 'MANIFEST_BLOB_UNKNOWN',
          status: 400,
        });
      }
      there.manifests.set(`${repository}@${manifest.digest}`, manifest);
      if (!reference.includes(':')) there.tags.set(`${repository}:${reference}`, manifest.digest);
    },
  };
  return client;
}

function isWhole(there: Destination, content: Blobs, repository: string, manifest: Manifest): boolean {
  if (!isIndex(manifest.mediaType)) return contentsOf(manifest).blobs.every((blob) => content.has(repository, blob));
  return parseIndex(manifest.bytes).children.every(({ digest }) => {
    const child = there.find(repository, digest);
    return child !== undefined && isWhole(there, content, repository, child);
  });
}

interface Run {
  readonly scheduler: fc.Scheduler;
  readonly fails: () => boolean;
}

/** A destination, to which one run after another applies a world. */
function setUp({ locked, published }: World, mounts: 'made' | 'begun') {
  const there = new Destination();
  let content: Blobs | undefined;
  let current: Run | undefined;
  const read: string[] = [];
  const before: Before = async (request) => {
    await current?.scheduler.schedule(Promise.resolve(), request);
    if (current?.fails()) throw problemError('model/refused', 'Refused.', request);
  };

  const run = async (one: Run) => {
    current = one;
    content ??= await blobWorld({ blobs, mounts, atOnce: 3, before });
    const world = content;
    const client = manifestClient(there, () => world, before);
    const manifests = destinationManifests(client, 'mirror');
    const memory = manifestMemory(2 ** 20);
    const source = {
      get: (_image: unknown, digest: Digest) =>
        memory.get(digest, async () => {
          read.push(digest);
          await before(`GET source ${digest}`);
          return published.get(digest);
        }),
      hasPullLimit: async () => false,
    };
    const receiver = registryReceiver({
      ...{ client, namespace: 'mirror', ensureBlob: world.ensure, record: world.record, manifests },
    });
    const engine = directEngine({ source, receiver });
    const plan = makePlan(
      await look(locked, async (image, reference) => there.find(`mirror/${image}`, reference)?.digest),
    );
    const ports = { source, destination: manifests, engine };
    const result = await one.scheduler.waitFor(applyPlan(plan, ports, unlimitedScheduler(false)));
    return { result, plan, asked: world.asked, read };
  };
  const expectWhole = () => {
    for (const [name, digest] of there.tags) {
      const [repository = ''] = name.split(':');
      const manifest = there.find(repository, digest);
      expect(manifest !== undefined && content !== undefined && isWhole(there, content, repository, manifest)).toBe(
        true,
      );
    }
  };
  const expectAll = () => {
    for (const [name, digest] of lockedTags(locked)) {
      const [image = '', tag = ''] = name.split(':');
      expect(there.tags.get(`${repositoryPath('mirror', parseImageName(image))}:${tag}`)).toBe(digest);
    }
  };
  /** The destination loses some of what it has, and does not say so. */
  const lose = (chosen: () => boolean) => {
    for (const image of images) {
      for (const blob of blobs) if (chosen()) content?.lose(`mirror/${image}`, blob);
    }
    there.tags.clear();
    there.manifests.clear();
  };
  return { run, expectWhole, expectAll, lose };
}

const anyMounts = fc.constantFrom('made' as const, 'begun' as const);
const never = () => false;

describe('the whole loop, from a plan to blobs', () => {
  test('puts a tag only on what is wholly there, whatever fails; the next run brings the rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyWorld,
        anyMounts,
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        fc.constantFrom(3, 10, 40),
        fc.scheduler(),
        async (world, mounts, dice, percent, scheduler) => {
          const { run, expectWhole, expectAll } = setUp(world, mounts);
          const { result, plan } = await run({ scheduler, fails: () => dice.next().value < percent });
          expectWhole();
          const planned = plan.groups.reduce((sum, { put }) => sum + put.length, 0);
          const failed = result.failures.reduce((sum, { tags }) => sum + tags.length, 0);
          expect(result.tagged + failed).toBe(planned);
          expect(result.failures.every(({ problem: { code } }) => code === 'model/refused')).toBe(true);
          expect((await run({ scheduler, fails: never })).result.failures).toEqual([]);
          expectAll();
          expectWhole();
        },
      ),
      { numRuns: 150 },
    );
  });

  test('reads each manifest and each blob once from the source, and says all that once more to nobody', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, anyMounts, fc.scheduler(), async (world, mounts, scheduler) => {
        const { run, expectAll } = setUp(world, mounts);
        const { asked, read } = await run({ scheduler, fails: never });
        expectAll();
        const fetched = asked.filter((one) => one.startsWith('GET source')).map((one) => one.split(' ')[3]);
        expect(new Set(fetched).size).toBe(fetched.length);
        expect(new Set(read).size).toBe(read.length);
        const before = [asked.length, read.length];
        const second = await run({ scheduler, fails: never });
        expect([asked.length, read.length]).toEqual(before);
        expect(second.plan.groups).toEqual([]);
      }),
    );
  });

  test('brings back what the destination has lost, though the record says that it has it', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyWorld,
        anyMounts,
        fc.infiniteStream(fc.boolean()),
        fc.scheduler(),
        async (world, mounts, coin, scheduler) => {
          const { run, expectWhole, expectAll, lose } = setUp(world, mounts);
          await run({ scheduler, fails: never });
          lose(() => coin.next().value);
          const { result } = await run({ scheduler, fails: never });
          expect(result.failures).toEqual([]);
          expectAll();
          expectWhole();
        },
      ),
    );
  });
});
