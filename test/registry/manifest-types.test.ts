import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { isIndex, isManifestType, parseIndex, parseManifest } from '../../src/registry/manifest-types.ts';
import { mediaTypeOf } from '../../src/registry/media-types.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const imageType = 'application/vnd.oci.image.manifest.v1+json';
const descriptor = { digest, mediaType: imageType, size: 7 };
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const index = (...manifests: unknown[]): Uint8Array => bytes({ schemaVersion: 2, manifests });

describe('media types', () => {
  test.each([
    ['application/vnd.oci.image.index.v1+json', true, true],
    ['application/vnd.docker.distribution.manifest.list.v2+json', true, true],
    [imageType, false, true],
    ['application/vnd.docker.distribution.manifest.v2+json', false, true],
    ['application/json', false, false],
  ])('%s: an index %s, understood %s', (type, asIndex, understood) => {
    expect([isIndex(type), isManifestType(type)]).toEqual([asIndex, understood]);
  });

  test('a Content-Type is read without its parameters and in any case', () => {
    expect(mediaTypeOf('Application/JSON; charset=utf-8')).toBe('application/json');
    expect(mediaTypeOf(undefined)).toBe('');
  });
});

describe('an index', () => {
  test('gives its children in order, with platform and annotations', () => {
    const platform = { architecture: 'arm', os: 'linux', variant: 'v7', 'os.version': '10.0', 'os.features': ['x'] };
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const { children } = parseIndex(index({ ...descriptor, platform, annotations, urls: ['x'] }, descriptor));
    expect(children).toEqual([
      {
        ...descriptor,
        platform: { architecture: 'arm', os: 'linux', variant: 'v7', osVersion: '10.0', osFeatures: ['x'] },
        annotations,
      },
      { ...descriptor, annotations: {} },
    ]);
  });

  test('of nothing is given as it is', () => {
    expect(parseIndex(index())).toEqual({ children: [] });
  });

  test('with 1,000 children is read; with 10,000 it is refused by a code of its own', () => {
    expect(parseIndex(index(...Array(1_000).fill(descriptor))).children).toHaveLength(1_000);
    expect(() => parseIndex(index(...Array(10_000).fill(descriptor)))).toThrow(/registry\/too-many-children/);
  });

  test.each([
    ['digest', { ...descriptor, digest: 'sha256:beef' }, 'manifests[0].digest'],
    ['digest', { ...descriptor, digest: undefined }, 'manifests[0].digest'],
    ['size', { ...descriptor, size: -1 }, 'manifests[0].size'],
    ['size', { ...descriptor, size: 1.5 }, 'manifests[0].size'],
    ['size', { ...descriptor, size: '7' }, 'manifests[0].size'],
    ['media type', { ...descriptor, mediaType: 'a b/c\n' }, 'manifests[0].mediaType'],
    [
      'platform',
      { ...descriptor, platform: { os: 'linux', architecture: '$(x)' } },
      'manifests[0].platform.architecture',
    ],
    ['platform', { ...descriptor, platform: { os: 'linux\n', architecture: 'x' } }, 'manifests[0].platform.os'],
    ['annotation', { ...descriptor, annotations: { a: 1 } }, 'manifests[0].annotations.a'],
    ['child', 'text', 'manifests[0]'],
  ])('with a wrong %s is refused by its path', (_, child, path) => {
    expect(() => parseIndex(index(child))).toThrow(`registry/bad-index: The index cannot be used: ${path}`);
  });

  test.each([['{'], ['[]'], ['{}'], ['{"manifests":{}}'], ['null'], ['<html>']])('is not %s', (text) => {
    expect(() => parseIndex(Buffer.from(text))).toThrow(/registry\/bad-index/);
  });

  test('never fails by anything but its own error', () => {
    const nasty = fc.record(
      { digest: fc.constantFrom(digest, 1), mediaType: fc.string(), size: fc.anything(), platform: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ manifests: fc.oneof(fc.array(nasty), fc.jsonValue()) })),
        (value) => {
          for (const parse of [parseIndex, parseManifest]) {
            try {
              parse(Buffer.from(JSON.stringify(value) ?? ''));
            } catch (error) {
              expect(error).toBeInstanceOf(UserError);
            }
          }
        },
      ),
    );
  });

  test('with attestations, as the official images have them, is read', () => {
    const attestation = {
      ...descriptor,
      platform: { architecture: 'unknown', os: 'unknown' },
      annotations: { 'vnd.docker.reference.digest': digest, 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const image = { ...descriptor, platform: { architecture: 'amd64', os: 'linux' } };
    const { children } = parseIndex(index(image, attestation));
    expect(children.map(({ platform }) => platform?.os)).toEqual(['linux', 'unknown']);
    expect(children[1]?.annotations['vnd.docker.reference.digest']).toBe(digest);
  });
});

describe('a manifest', () => {
  test('gives its config and layers in order', () => {
    const layer = { ...descriptor, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' };
    const parsed = parseManifest(bytes({ config: { ...descriptor, data: 'x' }, layers: [layer, layer], subject: {} }));
    expect(parsed).toEqual({ config: descriptor, layers: [layer, layer] });
  });

  test.each([[{}], [{ config: descriptor }], [{ config: {}, layers: [] }], [{ config: descriptor, layers: [{}] }]])(
    'is not %j',
    (value) => {
      expect(() => parseManifest(bytes(value))).toThrow(/registry\/bad-manifest/);
    },
  );
});
