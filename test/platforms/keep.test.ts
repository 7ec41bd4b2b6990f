import { describe, expect, test } from 'vitest';
import type { Keep } from '../../src/config/platforms.ts';
import type { Digest } from '../../src/core/names.ts';
import { problemError } from '../../src/core/problem.ts';
import type { Progress } from '../../src/core/progress.ts';
import { type KeepPorts, keepChildren } from '../../src/platforms/choose-children.ts';
import { indexDigest, indexOf, partialIndex, pick, platformsOf, toChild } from '../../src/resolve/children.ts';
import type { Child, SeenIndex } from '../../src/resolve/types.ts';
import { digest, group, kept, resolvedImage } from '../support/lockfiles.ts';

const whole = (children: readonly Child[]): SeenIndex => ({ children, without: [], isWhole: true });
const keeps = (...platforms: string[]): Keep => ({ platforms, attestations: true });

describe('of the children of an index', () => {
  const all = kept('a', 'linux/amd64', 'linux/arm64/v8', 'linux/arm/v6').children;

  test('those of wanted platforms are kept, in upstream’s order, with what attests them', () => {
    const picked = pick(whole(all), keeps('linux/arm64/v8', 'linux/amd64'));
    expect(picked.children).toEqual(all.slice(0, 4));
    expect(picked).toMatchObject({ without: ['linux/arm/v6'], isWhole: false });
  });

  test('a variant that is not written is the one that containerd takes it for, and no other', () => {
    const [arm64, v6] = [all[2], all[4]] as [Child, Child];
    const bare = { ...arm64, platform: { os: 'linux', architecture: 'arm64' } };
    expect(pick(whole([bare]), keeps('linux/arm64/v8')).children).toEqual([bare]);
    expect(pick(whole([v6]), keeps('linux/arm/v7')).children).toEqual([]);
    const arm = { ...v6, platform: { os: 'linux', architecture: 'arm' } };
    expect(platformsOf([arm])).toEqual(['linux/arm/v7']);
    expect(platformsOf(all)).toEqual(['linux/amd64', 'linux/arm/v6', 'linux/arm64/v8']);
  });

  test('all of one platform are kept, such as builds of Windows', () => {
    const builds = ['10.0.20348.1', '10.0.26100.1'].map((osVersion) => ({
      ...(all[0] as Child),
      digest: digest(osVersion),
      platform: { os: 'windows', architecture: 'amd64', osVersion },
    }));
    expect(pick(whole([...builds, ...all]), keeps('windows/amd64')).children).toEqual(builds);
  });

  test('an attestation of what is not there is not kept, nor is what names no platform', () => {
    const orphan: Child = { ...(all[1] as Child), attests: { digest: digest('?'), type: 'attestation-manifest' } };
    const { platform: _, ...nameless } = all[0] as Child;
    expect(pick(whole([...all.slice(0, 2), orphan, nameless]), keeps('linux/amd64'))).toMatchObject({
      children: all.slice(0, 2),
      without: ['none'],
    });
  });

  test('attestations are left out where the configuration says so', () => {
    expect(pick(whole(all), { attestations: false })).toMatchObject({
      children: [all[0], all[2], all[4]],
      without: ['attestations'],
      isWhole: false,
    });
  });

  test('an attestation is what BuildKit’s annotations say, and never an image of a platform', () => {
    const annotations = {
      'vnd.docker.reference.digest': digest('x'),
      'vnd.docker.reference.type': 'attestation-manifest',
      other: 'words',
    };
    const child = { digest: digest('a'), size: 1, mediaType: 'a/b', annotations };
    const platform = { os: 'unknown', architecture: 'unknown' };
    expect(toChild({ ...child, platform })).toMatchObject({ attests: { digest: digest('x') } });
    expect(toChild({ ...child, platform: { os: 'linux', architecture: 'amd64' } })).not.toHaveProperty('attests');
    const hostile = { ...annotations, 'vnd.docker.reference.type': 'a b\nc' };
    expect(toChild({ ...child, platform, annotations: hostile })).not.toHaveProperty('attests');
  });
});

describe('the bytes of a rewritten index', () => {
  test('follow from its children, as they were reviewed', () => {
    const { bytes, mediaType, digest: own } = indexOf(kept('a', 'linux/arm64/v8').children);
    expect(mediaType).toBe('application/vnd.oci.image.index.v1+json');
    expect(own).toBe('sha256:ba9a1e082a23e5d561d75c5a01a807a7aa107a436947b09384e6d5fd49d29f49');
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
      schemaVersion: 2,
      mediaType,
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest: digest('a linux/arm64/v8'),
          size: 1024,
          platform: { architecture: 'arm64', os: 'linux', variant: 'v8' },
        },
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest: digest('a linux/arm64/v8 attested'),
          size: 840,
          annotations: {
            'vnd.docker.reference.digest': digest('a linux/arm64/v8'),
            'vnd.docker.reference.type': 'attestation-manifest',
          },
          platform: { architecture: 'unknown', os: 'unknown' },
        },
      ],
    });
  });

  test('have of a platform what upstream names, and none where it names none', () => {
    const [image] = kept('a', 'linux/amd64').children as [Child];
    const { platform: _, ...nameless } = image;
    const windows = { os: 'windows', architecture: 'amd64', osVersion: '10.0.20348.1', osFeatures: ['win32k'] };
    const { bytes, digest: own } = indexOf([nameless, { ...image, platform: windows }, image]);
    const { manifests } = JSON.parse(new TextDecoder().decode(bytes));
    expect(manifests.map(({ platform }: { platform?: object }) => platform)).toStrictEqual([
      undefined,
      { architecture: 'amd64', os: 'windows', 'os.version': '10.0.20348.1', 'os.features': ['win32k'] },
      { architecture: 'amd64', os: 'linux' },
    ]);
    expect(indexDigest([nameless, { ...image, platform: windows }, image])).toBe(own);
  });

  test('of no children at all are an OCI index', () => {
    expect(indexOf([]).mediaType).toBe('application/vnd.oci.image.index.v1+json');
  });

  test('of Docker manifests alone are a Docker manifest list', () => {
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    const [image] = kept('a', 'linux/amd64').children as [Child];
    expect(indexOf([{ ...image, mediaType }]).mediaType).toBe(
      'application/vnd.docker.distribution.manifest.list.v2+json',
    );
    expect(indexOf([{ ...image, mediaType }, image]).mediaType).toBe('application/vnd.oci.image.index.v1+json');
  });
});

test('of an index that is not mirrored yet, what is known is kept where it is all, or tells what more there is', () => {
  const [source, { children }] = [digest('a'), kept('a', 'linux/amd64')];
  expect(partialIndex(source, { children, without: [], isWhole: true })).toEqual({ source, without: [], children });
  const without = ['linux/386'];
  expect(partialIndex(source, { children, without, isWhole: false })).toEqual({ source, without, children });
  expect(partialIndex(source, { children, without: [], isWhole: false })).toBeUndefined();
});

describe('groups of which children are chosen', () => {
  const [amd64, arm64, windows] = ['linux/amd64', 'linux/arm64/v8', 'windows/amd64'].map(
    (platform) => kept('build', platform).children,
  ) as [Child[], Child[], Child[]];
  const linux = whole([...amd64, ...arm64]);
  const shared = whole([...amd64, ...arm64, ...windows]);

  async function keep(how: Partial<KeepPorts>, seen: Record<string, SeenIndex>, names: string[] = Object.keys(seen)) {
    const read: Digest[] = [];
    const bySource = new Map(Object.entries(seen).map(([name, index]) => [digest(name), index]));
    const ports: KeepPorts = {
      platformsOf: () => keeps('linux/amd64', 'linux/arm64/v8'),
      known: () => undefined,
      read: async (_, source) => {
        read.push(source);
        const found = bySource.get(source);
        if (found === undefined) throw problemError('test/none', 'There is none.', source);
        return found;
      },
      ...how,
    };
    const groups = names.map((name, index) => group(`${index}.0 ${index}`, name));
    const [image] = await keepChildren([resolvedImage('golang', ...groups)], ports);
    return { groups: image?.groups ?? [], read };
  }

  test('keep upstream’s own index where nothing is left out', async () => {
    const { groups } = await keep({}, { own: linux });
    expect(groups[0]).toMatchObject({ digest: digest('own'), index: { sources: [digest('own')], without: [] } });
  });

  test('have upstream’s index of another group that has just what they keep', async () => {
    const { groups } = await keep({}, { shared, own: linux });
    expect(groups.map((one) => one.digest)).toEqual([digest('own'), digest('own')]);
    expect(groups[0]?.index).toMatchObject({ sources: [digest('shared')], without: ['windows/amd64'] });
  });

  test('have a rewritten index else, and the same for the same children', async () => {
    const { groups } = await keep(
      {},
      { shared, more: whole([...shared.children, ...kept('b', 'linux/386').children]) },
    );
    const expected = indexDigest(linux.children);
    expect(groups.map((one) => one.digest)).toEqual([expected, expected]);
  });

  test('are read once for a digest, and not where enough is known', async () => {
    expect((await keep({}, { shared }, ['shared', 'shared'])).read).toHaveLength(1);
    expect((await keep({ known: () => linux }, { shared })).read).toEqual([]);
    const partly = (without: string[]) => ({ children: linux.children, without, isWhole: false });
    expect((await keep({ known: () => partly(['windows/amd64']) }, { shared })).read).toEqual([]);
    expect((await keep({ known: () => partly(['linux/amd64']) }, { shared })).read).toHaveLength(1);
    expect((await keep({ known: () => partly(['attestations']) }, { shared })).read).toHaveLength(1);
    expect((await keep({ known: () => partly(['windows/amd64', 'linux/amd64']) }, { shared })).read).toHaveLength(1);
    const all: Partial<KeepPorts> = { platformsOf: () => ({ attestations: false }) };
    expect((await keep({ ...all, known: () => partly(['linux/386']) }, { shared })).read).toHaveLength(1);
    expect((await keep({ ...all, known: () => partly(['attestations']) }, { shared })).read).toEqual([]);
  });

  test('are let be where the configuration keeps all', async () => {
    const { groups, read } = await keep({ platformsOf: () => undefined }, { shared });
    expect(read).toEqual([]);
    expect(groups[0]).toEqual(group('0.0 0', 'shared'));
  });

  test('are pending where nothing is left: also of an index of no children', async () => {
    const { groups } = await keep({}, { empty: whole([]), other: whole(windows) });
    for (const one of groups) expect(one).toMatchObject({ digest: undefined });
    expect(groups[0]).not.toHaveProperty('index');
    expect(groups.map(({ seen }) => seen)).toEqual([
      { source: digest('empty'), without: [], children: [] },
      { source: digest('other'), without: ['windows/amd64'], children: [] },
    ]);
    const { groups: untold } = await keep(
      { known: () => ({ children: [], without: ['windows/amd64'], isWhole: false }) },
      { other: whole(windows) },
    );
    expect(untold[0]?.seen).toEqual({ source: digest('other'), without: ['windows/amd64'], children: [] });
  });

  test('are let be while they are pending', async () => {
    const ports: KeepPorts = {
      platformsOf: () => keeps('linux/amd64'),
      known: () => undefined,
      read: async () => linux,
    };
    const image = resolvedImage('golang', group('1.27 1'), group('1.26', 'own'));
    const [{ groups = [] } = {}] = await keepChildren([image], ports);
    expect(groups[0]).toStrictEqual(group('1.27 1'));
    expect(groups[1]).toMatchObject({ digest: indexDigest(amd64) });
  });

  test('are read sixteen at a time, which is told where there is something to read', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `index ${index}`);
    const seen: string[] = [];
    const progress: Progress = {
      start: (title, total) => {
        seen.push(`${title.length > 0} ${total}`);
        return {
          advance: (_, detail) => seen.push(detail ?? ''),
          moved() {},
          expect() {},
          end: () => seen.push('end'),
        };
      },
    };
    let [running, most] = [0, 0];
    const ports: KeepPorts = {
      platformsOf: () => keeps('linux/amd64'),
      known: () => undefined,
      read: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((done) => setImmediate(done));
        running -= 1;
        return linux;
      },
    };
    const image = resolvedImage('golang', ...names.map((name) => group(name.replace(' ', '-'), name)));
    await keepChildren([image], ports, { progress });
    expect(most).toBe(16);
    expect(seen).toEqual(['true 40', ...names.map(() => 'golang'), 'end']);
    seen.length = 0;
    await keepChildren([image], { ...ports, known: () => linux }, { progress });
    expect(seen).toEqual([]);
  });

  test('are not taken for done where one cannot be read', async () => {
    await expect(keep({}, {}, ['gone'])).rejects.toThrow('test/none');
    const many = Array.from({ length: 40 }, (_, index) => `gone ${index}`);
    await expect(keep({}, {}, many)).rejects.toThrow(/resolve\/gave-up/);
    await expect(keep({}, {}, many)).rejects.toThrow(/Gave up after \d+ of 40 [a-z]/);
    let asked = 0;
    const read = async (_: unknown, source: Digest) => {
      asked += 1;
      await new Promise((done) => setImmediate(done));
      throw problemError('test/none', 'There is none.', source);
    };
    await expect(keep({ read }, {}, many)).rejects.toThrow('test/none');
    expect(asked).toBeLessThan(40);
    const bug = new TypeError('a bug');
    await expect(keep({ read: () => Promise.reject(bug) }, { shared })).rejects.toBe(bug);
  });
});
