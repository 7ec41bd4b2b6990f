import { describe, expect, it, vi } from 'vitest';
import type { AnswerHook } from '../support/counting-proxy.ts';
import { oci } from '../support/images/media-types.ts';
import { RepositoryBuilder } from '../support/images/repository-builder.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { destinationTags, expectJson, lockedTags, lockText, mirrorlock, readLock } from '../support/mirror.ts';
import { startRegistry } from '../support/registry.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { setWorld, type World } from '../support/world.ts';

// What is tried again takes its time.
vi.setConfig({ testTimeout: 240_000 });

const strange = `Maintainers: Nobody in Particular (@nobody)
GitRepo: https://example.invalid/strange.git

Tags: 1.0, latest
Architectures: amd64
GitCommit: ${'4'.repeat(40)}
`;

/** A world in which the image `strange` is an index of so many children, which are nowhere. */
async function worldWithIndexOf(children: number): Promise<World> {
  const world = await setWorld({ images: everything, library: { ...tinyLibrary, strange } });
  const builder = new RepositoryBuilder('library/strange');
  const descriptors = Array.from({ length: children }, (_, index) => ({
    mediaType: oci.manifest,
    digest: builder.blob(oci.config, Buffer.from(String(index))).digest,
    size: 100,
    platform: { os: 'linux', architecture: 'amd64' },
  }));
  builder.blobs.clear();
  const { digest } = builder.index(oci.index, descriptors);
  for (const tag of ['1.0', 'latest']) builder.tags.set(tag, digest);
  writeRegistryStorage(world.source.storage, [builder]);
  return world;
}

const noStack = /^\s+at .+:\d+:\d+\)?$/m;

describe('an index of strange size at the source', () => {
  it('of 10,000 children fails by name, before a child is asked, and the other images are applied', async () => {
    const world = await worldWithIndexOf(10_000);
    await expectJson(world, ['lock']);
    world.source.reset();
    const { code, stderr, stdout } = await mirrorlock(world, ['apply', '--json']);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/strange.*children/);
    expect(stderr).not.toMatch(noStack);
    const ofStrange = world.source
      .seen()
      .filter(({ repository, method }) => repository === 'library/strange' && method === 'GET');
    expect(ofStrange.length).toBeLessThan(5);
    const { failures } = JSON.parse(stdout).destinations[0];
    expect(new Set(failures.map((failure: { image: string }) => failure.image))).toEqual(new Set(['strange']));
    const tags = [...(await destinationTags(world)).keys()];
    expect(tags).toContain('alpine:latest');
    expect(tags.filter((tag) => tag.startsWith('strange'))).toEqual([]);
  });

  it('of no children is applied, or refused by name by the destination', async () => {
    const world = await worldWithIndexOf(0);
    await expectJson(world, ['lock']);
    const { code, stderr } = await mirrorlock(world, ['apply', '--json']);
    expect(stderr).not.toMatch(noStack);
    if (code !== 0) expect(stderr).toMatch(/strange/);
    expect([...(await destinationTags(world)).keys()]).toContain('busybox:latest');
    await expectWholeTags(world);
  });
});

describe('a destination that is read-only', () => {
  it('fails every group by name, with its reason, and nothing is written', async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
    const { host } = await startRegistry({ readOnly: true });
    // What it refuses is what the real one refuses.
    world.destination.respond(async ({ method, url }) => {
      if (method === 'HEAD' || method === 'GET') return undefined;
      const answer = await fetch(`http://${host}${url}`, { method });
      return { status: answer.status, body: await answer.text() };
    });
    const { code, stderr, stdout } = await mirrorlock(world, ['apply', '--json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error registry\/\S+: ((alpine|busybox)@sha256|3 groups of 2 images \(alpine:.*busybox:)/);
    expect(stderr).not.toMatch(noStack);
    expect(JSON.parse(stdout).counts).toMatchObject({ copied: 0, tagged: 0 });
    world.destination.respond(undefined);
    expect(await destinationTags(world)).toEqual(new Map());
  });
});

describe('a source that answers to HEAD', () => {
  const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>hello</html>' };
  const wrongDigest = `sha256:${'0'.repeat(63)}`;
  const answers: Record<string, Awaited<ReturnType<AnswerHook>>> = {
    '500': { status: 500, body: 'oh' },
    '502 with a web page': { ...page, status: 502 },
    'a web page': page,
    '429 with Retry-After': { status: 429, headers: { 'retry-after': '3600' }, body: 'toomanyrequests' },
    'a digest that is none': {
      status: 200,
      headers: { 'content-type': oci.index, 'docker-content-digest': wrongDigest },
    },
    'by hanging up': { status: 0, reset: true },
  };
  it.each(Object.entries(answers))(
    '%s: lock ends with an error that says so, and leaves the old lockfile',
    async (_, answer) => {
      const world = await setWorld({ images: everything, library: tinyLibrary });
      await expectJson(world, ['lock']);
      const old = lockText(world);
      world.source.respond(({ kind }) => (kind === 'manifest' ? answer : undefined));
      const { code, stderr } = await mirrorlock(world, ['lock']);
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(/error registry\/[a-z-]+: /);
      expect(stderr).not.toMatch(noStack);
      expect(lockText(world)).toBe(old);
      world.source.respond(undefined);
      await expectJson(world, ['apply']);
      expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    },
  );
});

describe('a registry that is slow', () => {
  it('is waited for: each request of the source and the destination takes a while, and all is applied', async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
    const slowly: AnswerHook = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return undefined;
    };
    world.source.respond(slowly);
    world.destination.respond(slowly);
    await expectJson(world, ['apply']);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  });
});
