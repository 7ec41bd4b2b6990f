import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Digest } from '../../../src/core/names.ts';
import { startRegistry } from '../registry.ts';
import { skopeo } from '../skopeo.ts';
import { buildImage } from './build.ts';
import { bytesFrom, digestOf, layerFrom } from './content.ts';
import { publishImages } from './publish.ts';
import { writeRegistryStorage } from './storage.ts';
import type { BuiltRepository, ImageSpec } from './types.ts';

const linux = ['linux/amd64', 'linux/arm64/v8'];
const golang: ImageSpec = {
  repository: 'library/golang',
  groups: [
    { tags: ['1.27.0-trixie', 'trixie'], platforms: linux },
    { tags: ['1.27.0', 'latest'], platforms: [...linux, 'windows/amd64'], shared: true, members: [0, 2, 3] },
    { tags: ['1.27.0-nanoserver-ltsc2025'], platforms: ['windows/amd64'] },
    { tags: ['1.27.0-nanoserver-ltsc2022'], platforms: ['windows/amd64'] },
  ],
};
const hello: ImageSpec = {
  repository: 'library/hello-world',
  groups: [
    { tags: ['list'], platforms: linux, form: 'docker-list' },
    { tags: ['docker'], platforms: linux, form: 'docker-manifest' },
    { tags: ['oci'], platforms: linux, form: 'oci-manifest' },
  ],
};

function children(built: BuiltRepository, tag: string): readonly Digest[] {
  return built.manifestOf(tag).children;
}

test('equal inputs give the same digests, on every version of Node', () => {
  expect(buildImage(golang).tags).toEqual(buildImage(golang).tags);
  expect(buildImage(golang).tags.get('trixie')).toBe(
    'sha256:295685ddac2d7ad0f062f09dd6c88f44dcd1e8de3d41e282cb16c0832781d414',
  );
});

test('a layer is a gzipped tar archive, also when it is larger than a block of gzip', () => {
  const { bytes, diffId } = layerFrom('seed', 200_000);
  expect(digestOf(gunzipSync(bytes))).toBe(diffId);
  const content = execFileSync('tar', ['--extract', '--gzip', '--to-stdout', 'content'], { input: bytes });
  expect(content.equals(bytesFrom('seed', 200_000))).toBe(true);
});

test('shared tags are an index over the children of the entries that carry them', () => {
  const built = buildImage(golang);
  const entries = ['trixie', '1.27.0-nanoserver-ltsc2025', '1.27.0-nanoserver-ltsc2022'];
  expect(children(built, 'latest')).toEqual(entries.flatMap((tag) => children(built, tag)));
  expect(children(built, 'latest')).toHaveLength(2 * 2 + 2);
  expect(built.tags.get('1.27.0')).toBe(built.tags.get('latest'));
});

test('an attestation names the child before it', () => {
  const index = JSON.parse(buildImage(golang).manifestOf('trixie').bytes.toString());
  expect(index.manifests[1]).toMatchObject({
    platform: { architecture: 'unknown', os: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': index.manifests[0].digest,
    },
  });
});

test('the groups of an image share a base layer for each platform, and nothing else', () => {
  const two = buildImage({
    repository: 'library/a',
    groups: [
      { tags: ['1'], platforms: linux },
      { tags: ['2'], platforms: linux },
    ],
  });
  const blobsOf = (tag: string) => children(two, tag).map((child) => two.manifests.get(child)?.blobs ?? []);
  expect(blobsOf('1').map(([, base]) => base)[0]).toBe(blobsOf('2').map(([, base]) => base)[0]);
  expect(new Set([...blobsOf('1').flat(), ...blobsOf('2').flat()]).size).toBe(two.blobs.size);
  // For each platform a base; for each group and platform a config, a layer, and the two blobs of an attestation.
  expect(two.blobs.size).toBe(2 + 2 * 2 * 4);
});

test('a rebuild of a group changes that group and the shared tags on it, a rebuild of the image changes all', () => {
  const before = buildImage(golang).tags;
  const groups = golang.groups.map((group, index) => (index === 2 ? { ...group, rebuild: 1 } : group));
  const after = buildImage({ ...golang, groups }).tags;
  const moved = [...before.keys()].filter((tag) => before.get(tag) !== after.get(tag));
  expect(moved).toEqual(['1.27.0', 'latest', '1.27.0-nanoserver-ltsc2025']);

  const rebuilt = buildImage({ ...golang, rebuild: 1 }).tags;
  expect([...before.keys()].filter((tag) => before.get(tag) === rebuilt.get(tag))).toEqual([]);
});

test('a group that is not published has no tag, and shared tags are without it', () => {
  const groups = golang.groups.map((group, index) => (index === 3 ? { ...group, published: false } : group));
  const built = buildImage({ ...golang, groups });
  expect(built.tags.has('1.27.0-nanoserver-ltsc2022')).toBe(false);
  expect(children(built, 'latest')).toHaveLength(2 * 2 + 1);
});

test('shared tags of which no entry is published are absent', () => {
  const groups = golang.groups.map((group) => (group.shared ? group : { ...group, published: false }));
  expect(buildImage({ ...golang, groups }).tags.size).toBe(0);
});

test('shared tags without members join the entry before them and those that bring another platform', () => {
  const groups = golang.groups.map(({ members: _, ...group }) => group);
  const built = buildImage({ ...golang, groups });
  const joined = ['trixie', '1.27.0-nanoserver-ltsc2025'].flatMap((tag) => children(built, tag));
  expect(children(built, 'latest')).toEqual(joined);
});

test('shared tags that nothing fits are refused, and so is a member that is no entry', () => {
  const alone = { ...golang, groups: [{ tags: ['latest'], platforms: linux, shared: true }] };
  expect(() => buildImage(alone)).toThrow('library/golang:latest has no members');
  const groups = golang.groups.map((group) => (group.shared ? { ...group, members: [1] } : group));
  expect(() => buildImage({ ...golang, groups })).toThrow('member 1');
});

test('what is written into the storage of a running registry is served, and copied whole by skopeo', async () => {
  const source = await startRegistry();
  writeRegistryStorage(source.storage, [buildImage(golang), buildImage(hello)]);
  await expectCopies(source.host, buildImage(golang));
  await expectCopies(source.host, buildImage(hello));
});

test('what is published by HTTP is served, and copied whole by skopeo', async () => {
  const source = await startRegistry();
  await publishImages(source.host, [buildImage(golang), buildImage(hello)]);
  await expectCopies(source.host, buildImage(golang));
  await expectCopies(source.host, buildImage(hello));
});

test('a tag that is written again moves', async () => {
  const { host, storage } = await startRegistry();
  for (const built of [buildImage(golang), buildImage({ ...golang, rebuild: 1 })]) {
    writeRegistryStorage(storage, [built]);
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/library/golang:latest`);
    expect(digestOf(raw)).toBe(built.tags.get('latest'));
  }
});

/** Copies every tag to a second registry with skopeo, and compares what it serves with what was built. */
async function expectCopies(host: string, built: BuiltRepository): Promise<void> {
  const destination = await startRegistry();
  const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  for (const tag of built.tags.keys()) {
    const [from, to] = [host, destination.host].map((registry) => `docker://${registry}/${built.repository}:${tag}`);
    await skopeo('copy', '--quiet', '--all', '--preserve-digests', ...tls, `${from}`, `${to}`);
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `${to}`);
    expect(digestOf(raw)).toBe(built.tags.get(tag));
  }
  await destination.stop();
}
