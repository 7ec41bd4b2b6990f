import { expect, test } from 'vitest';
import { blobContent } from '../../../src/apply/source/blob.ts';
import { openSources } from '../../../src/apply/source/reader.ts';
import { upstreamRegistry } from '../../../src/apply/source/upstream-registries.ts';
import { parseImageName, parseTag, repositoryPath } from '../../../src/core/names.ts';
import { type ContentsPlaces, contentsReader } from '../../../src/evidence/contents/reader.ts';
import { createRegistryClient } from '../../../src/registry/client.ts';
import { onCleanUp } from '../../support/cleanup.ts';
import { publishImages } from '../../support/images/publish.ts';
import { addUpstreamImage, type UpstreamImageSpec, upstreamRepository } from '../../support/images/upstream-image.ts';
import { startRegistry } from '../../support/registry.ts';

const { signal } = new AbortController();
const options = { env: {}, homeDirectory: '/nonexistent' };
const platforms = ['linux/amd64', 'linux/arm64/v8'];
const [oldCommit, newCommit] = ['a'.repeat(40), 'b'.repeat(40)];

/** A base and a follower before and after the base moved, at a source that has all and a destination that has the old ones. */
async function world() {
  const [source, destination] = [await startRegistry(), await startRegistry()];
  const spec = (image: string, tag: string, commit: string): UpstreamImageSpec => ({
    tags: [tag],
    platforms,
    source: { repository: `https://github.com/docker-library/${image}.git`, commit, directory: tag },
  });
  const packages = (version: string) => [`pkg:deb/debian/openssl@${version}?distro=debian-13`];
  const build = (commit: string, version: string) => {
    const [debian, golang] = [upstreamRepository('library/debian'), upstreamRepository('library/golang')];
    const base = addUpstreamImage(debian, { ...spec('debian', 'trixie', commit), packages: packages(version) });
    const own = { ...spec('golang', '1.26', oldCommit), base, packages: ['pkg:golang/stdlib@1.26.7'] };
    return { debian, golang, base, follower: addUpstreamImage(golang, own) };
  };
  const [before, after] = [build(oldCommit, '3.5.1-1'), build(newCommit, '3.5.2-1')];
  await publishImages(source.host, [before.debian, before.golang, after.debian, after.golang]);
  await publishImages(destination.host, [before.debian, before.golang]);
  return { before, after, ...openPlaces(source.host, destination.host) };
}

function openPlaces(sourceHost: string, destinationHost: string) {
  const open = (host: string) => {
    const registry = { host, insecure: true };
    const client = createRegistryClient(registry, options);
    onCleanUp(() => client.close());
    return { client, place: { registry, namespace: 'library' } };
  };
  const [source, destination] = [open(sourceHost), open(destinationHost)];
  const sources = openSources(source, []);
  const own = upstreamRegistry(destination, true);
  const places: ContentsPlaces = {
    source: {
      manifest: (image, digest) => sources.manifests.get(image, digest),
      blob: (image, blob) => blobContent(image, blob, sources.places)(signal),
    },
    destination: {
      manifest: (image, digest) => destination.client.get(repositoryPath('library', image), digest),
      blob: (image, blob) => blobContent(image, blob, () => [own])(signal),
    },
    sourceDigests: () => [],
  };
  return { places, counts: source.client.counts };
}

test('of a base and its followers in real registries, only the base is read, by three counted pulls', async () => {
  const { before, after, places, counts } = await world();
  const debian = {
    image: parseImageName('debian'),
    from: before.base.digest,
    to: after.base.digest,
    tags: [parseTag('trixie')],
    source: { steps: [{ platforms, to: { commit: newCommit } }] },
    build: { cause: 'source' as const, bases: [] },
  };
  const golang = {
    image: parseImageName('golang'),
    from: before.follower.digest,
    to: after.follower.digest,
    tags: [parseTag('1.26')],
    source: { steps: [{ platforms, to: { commit: oldCommit } }] },
    build: { cause: 'base' as const, bases: [{ name: 'debian:trixie', to: after.base.digest }] },
  };
  const reader = contentsReader(places, () => 'linux/arm64');
  expect(reader.choose([golang, debian])).toEqual([debian]);
  const { contents, notes } = await reader.read(debian);
  expect(notes).toEqual([]);
  expect(contents).toMatchObject({
    platform: 'linux/arm64/v8',
    layers: { count: 1, fresh: 1 },
    packages: {
      state: 'read',
      added: [],
      removed: [],
      upgraded: [{ name: 'openssl', from: '3.5.1-1', to: '3.5.2-1' }],
    },
    provenance: { state: 'agrees', named: newCommit },
  });
  expect(counts.manifestGet).toBe(3);
  // The follower's packages change as its base's do; read, it costs the same.
  const follower = await reader.read(golang);
  expect(follower.contents).toMatchObject({
    layers: { count: 2, fresh: 2 },
    packages: contents?.packages,
    provenance: { state: 'agrees', named: oldCommit },
  });
  expect(counts.manifestGet).toBe(6);
});

test('a blob that the source lacks is said, and the rest is compared', async () => {
  const { before, after, places } = await world();
  const lost: ContentsPlaces = {
    ...places,
    source: {
      ...places.source,
      blob: (image, blob) => blobContent(image, { ...blob, digest: before.base.digest }, () => [])(signal),
    },
  };
  const step = { image: parseImageName('debian'), from: before.base.digest, to: after.base.digest, tags: [] };
  const { contents, notes } = await contentsReader(lost, () => 'linux/amd64').read(step);
  expect(contents).toMatchObject({ config: [], layers: { count: 1, fresh: 1 }, packages: { state: 'unreadable' } });
  expect(contents?.provenance).toMatchObject({
    state: 'unreadable',
    why: expect.stringContaining('does not have a blob'),
  });
  expect(notes).toMatchObject([{ code: 'apply/blob-not-found', severity: 'warning' }]);
});
