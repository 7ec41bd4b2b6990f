import { describe, expect, test } from 'vitest';
import { childLines, childReader } from '../../src/lock/child-lines.ts';
import type { Child } from '../../src/resolve/types.ts';
import { digest } from '../support/lockfiles.ts';

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const own = digest('a');
const child: Child = { digest: own, size: 12, mediaType, platform: { os: 'linux', architecture: 'amd64' } };

test('a line of a child is read as it was written', () => {
  const others: readonly Child[] = [
    child,
    { ...child, mediaType: 'application/x.y', platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
    {
      ...child,
      platform: { os: 'windows', architecture: 'amd64', osVersion: '10.0.1', osFeatures: ['win32k', 'other'] },
    },
    { ...child, platform: { os: 'windows', architecture: 'amd64', osFeatures: ['win32k'] } },
    { digest: own, size: 0, mediaType },
    { digest: digest('b'), size: 3, mediaType, attests: { digest: digest('elsewhere'), type: 'attestation-manifest' } },
  ];
  const read = childReader();
  const lines = childLines(others);
  expect(lines.map((line) => line.replaceAll(/sha256:[0-9a-f]{64}/g, '…'))).toEqual([
    'linux/amd64 … 12',
    'linux/arm/v7 … 12 application/x.y',
    'windows(10.0.1+win32k+other)/amd64 … 12',
    'windows(+win32k)/amd64 … 12',
    'none … 0',
    '… attestation-manifest … 3',
  ]);
  expect(lines.map(read)).toStrictEqual(others);
});

describe('a line is refused', () => {
  test.each([
    ['words before it', `linux/amd64 linux/amd64 attestation-manifest ${own} 12`],
    ['words after it', `linux/amd64 ${own} 12 application/x.y more`],
    ['a media type that begins with something else', `linux/amd64 ${own} 12 ,a/b`],
    ['a media type that ends with something else', `linux/amd64 ${own} 12 a/b,`],
    ['a word that is no media type', `linux/amd64 ${own} 12 json`],
    ['a type of attestation that begins with something else', `linux/amd64 -attestation ${own} 12`],
    ['a type of attestation that ends with something else', `linux/amd64 attestation! ${own} 12`],
    ['an attestation of what is no digest', `linux/386 attestation-manifest ${own} 12`],
    ['a platform that is none', `linux ${own} 12`],
    ['a size that begins with 0', `linux/amd64 ${own} 012`],
  ])('with %s', (_, line) => {
    const read = childReader();
    expect(read(`linux/amd64 ${own} 12`)).toStrictEqual(child);
    expect(read(line)).toBeUndefined();
  });
});
