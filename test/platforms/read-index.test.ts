import { describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/core/exit-code.ts';
import { parseImageName } from '../../src/core/names.ts';
import { readIndex } from '../../src/platforms/read-index.ts';
import { toChild } from '../../src/resolve/children.ts';
import { digest } from '../support/lockfiles.ts';

const golang = parseImageName('golang');
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const own = digest('own');
const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** A source that has one manifest, and one config. */
function source(mediaType: string, manifest: object | undefined, config?: object) {
  const asked: string[] = [];
  const bytes = manifest && bytesOf(manifest);
  return {
    ...{ asked, bytes },
    read: () =>
      readIndex(
        {
          manifest: async (image, name) => {
            asked.push(`${image} manifest ${name}`);
            return bytes && { digest: name, mediaType, bytes };
          },
          config: async (image, name) => {
            asked.push(`${image} config ${name}`);
            return config && bytesOf(config);
          },
        },
        golang,
        own,
      ),
  };
}

describe('an index at the source', () => {
  const platform = { os: 'linux', architecture: 'amd64' };
  const child = { mediaType: manifestType, digest: digest('child'), size: 7 };

  test('is its children, and known to be all of it', async () => {
    const { read, asked } = source(indexType, { manifests: [{ ...child, platform, annotations: { other: 'words' } }] });
    expect(await read()).toEqual({ children: [{ ...child, platform }], without: [], isWhole: true });
    expect(asked).toEqual([`golang manifest ${own}`]);
  });

  test('may be a single manifest, whose platform its config tells', async () => {
    const manifest = { config: { ...child, digest: digest('config') }, layers: [] };
    const { read, asked, bytes } = source(manifestType, manifest, platform);
    const size = bytes?.length ?? 0;
    expect(await read()).toEqual({
      children: [{ digest: own, size, mediaType: manifestType, platform }],
      without: [],
      isWhole: true,
    });
    expect(asked).toEqual([`golang manifest ${own}`, `golang config ${digest('config')}`]);
    const { read: readOther } = source(manifestType, manifest, {});
    expect(await readOther()).toStrictEqual({
      children: [{ digest: own, size, mediaType: manifestType }],
      without: [],
      isWhole: true,
    });
  });

  test('that is gone, or whose config is, says so', async () => {
    const manifest = { config: { ...child, digest: digest('config') }, layers: [] };
    for (const [gone, value] of [
      [source(indexType, undefined), own],
      [source(manifestType, manifest), digest('config')],
    ] as const) {
      await expect(gone.read()).rejects.toMatchObject({
        exitCode: ExitCode.failed,
        problems: [
          {
            ...{ code: 'resolve/moved', severity: 'error', value },
            message: expect.stringContaining('golang'),
            hint: expect.stringContaining('`mirrorlock lock`'),
          },
        ],
      });
    }
  });
});

describe('what is kept of a child', () => {
  const child = { digest: digest('a'), size: 1, mediaType: 'a/b' };
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const annotations = {
    'vnd.docker.reference.digest': digest('x'),
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  const attests = { digest: digest('x'), type: 'attestation-manifest' };

  test('is its platform, where it names one', () => {
    const platform = { os: 'linux', architecture: 'amd64', variant: 'v2' };
    expect(toChild({ ...child, platform, annotations: {} })).toStrictEqual({ ...child, platform });
    expect(toChild({ ...child, platform, annotations })).toStrictEqual({ ...child, platform });
    expect(toChild({ ...child, annotations: {} })).toStrictEqual(child);
  });

  test('is what it attests, where it is of no platform', () => {
    expect(toChild({ ...child, platform: unknown, annotations })).toStrictEqual({ ...child, attests });
    expect(toChild({ ...child, annotations })).toStrictEqual({ ...child, attests });
  });

  test('is its platform where only half of that is unknown', () => {
    for (const platform of [
      { ...unknown, os: 'linux' },
      { ...unknown, architecture: 'amd64' },
    ])
      expect(toChild({ ...child, platform, annotations })).toStrictEqual({ ...child, platform });
  });

  test('is no attestation where an annotation is absent or is not what it has to be', () => {
    const { 'vnd.docker.reference.digest': reference, 'vnd.docker.reference.type': type } = annotations;
    for (const wrong of [
      { 'vnd.docker.reference.digest': reference },
      { 'vnd.docker.reference.type': type },
      { ...annotations, 'vnd.docker.reference.digest': 'sha256:12' },
      { ...annotations, 'vnd.docker.reference.type': '-attestation' },
      { ...annotations, 'vnd.docker.reference.type': 'attestation\n' },
    ] as Record<string, string>[])
      expect(toChild({ ...child, platform: unknown, annotations: wrong })).toStrictEqual({
        ...child,
        platform: unknown,
      });
  });
});
