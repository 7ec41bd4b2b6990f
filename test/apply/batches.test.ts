import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeBatches } from '../../src/apply/batches.ts';
import type { IndexChild } from '../../src/registry/manifest-types.ts';
import { digest } from '../lock/build.ts';

const mediaType = 'application/vnd.oci.image.manifest.v1+json';

function child(name: string, platform?: string): IndexChild {
  const [os = '', architecture = '', variant] = platform?.split('/') ?? [];
  const own = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  return {
    digest: digest(name),
    mediaType,
    size: 1,
    annotations: {},
    ...(platform === undefined ? {} : { platform: own }),
  };
}

function attestationOf(name: string, attested: string): IndexChild {
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': digest(attested),
  };
  return { ...child(name, 'unknown/unknown'), annotations };
}

const names = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('the batches of children to copy', () => {
  test('are none for nothing, and one for a few', () => {
    expect(makeBatches([])).toEqual([]);
    const few = [child('a', 'linux/amd64'), child('b', 'linux/arm64/v8'), child('c')];
    expect(makeBatches(few)).toEqual([few.map((one) => one.digest)]);
  });

  test('keep a platform together, with what attests it, wherever it stands', () => {
    const amd64 = names(12, 'amd64-');
    const arm64 = names(12, 'arm64-');
    const children = [
      ...amd64.map((name) => attestationOf(`of-${name}`, name)),
      ...amd64.flatMap((name, index) => [child(name, 'linux/amd64'), child(arm64[index] ?? '', 'linux/arm64/v8')]),
      ...arm64.map((name) => attestationOf(`of-${name}`, name)),
    ];
    const expected = [amd64, arm64].map((own) => new Set(own.flatMap((name) => [digest(name), digest(`of-${name}`)])));
    expect(makeBatches(children).map((batch) => new Set(batch))).toEqual(expected);
  });

  test('tell variants of a platform apart', () => {
    const children = ['v6', 'v7'].flatMap((variant) =>
      names(12, variant).map((name) => child(name, `linux/arm/${variant}`)),
    );
    expect(makeBatches(children)).toHaveLength(2);
  });

  test('put attestations of what is there already together', () => {
    expect(makeBatches([attestationOf('a', 'there'), attestationOf('b', 'there too')])).toHaveLength(1);
  });

  test('hold all children, each once, and none is too small to be worth a process but the last', () => {
    const any = fc.uniqueArray(fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 4 }), fc.nat({ max: 200 }), fc.boolean()), {
      selector: ([name]) => name,
      maxLength: 120,
    });
    fc.assert(
      fc.property(any, (specs) => {
        const children = specs.map(([name, platform, attested, isAttestation]) =>
          isAttestation ? attestationOf(`${name}`, `${attested}`) : child(`${name}`, `linux/${platform}`),
        );
        const batches = makeBatches(children);
        expect(batches.flat().sort()).toEqual(children.map((one) => one.digest).sort());
        for (const batch of batches.slice(0, -1)) expect(batch.length).toBeGreaterThanOrEqual(12);
        for (const one of children.filter(({ annotations }) => 'vnd.docker.reference.digest' in annotations)) {
          const attested = children.find((other) => other.digest === one.annotations['vnd.docker.reference.digest']);
          if (attested === undefined || 'vnd.docker.reference.digest' in attested.annotations) continue;
          const home = batches.find((batch) => batch.includes(one.digest));
          expect(home).toContain(attested.digest);
        }
      }),
    );
  });
});
