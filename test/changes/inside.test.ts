import { expect, test } from 'vitest';
import { type Inside, insideLine } from '../../src/changes/inside.ts';
import type { ContentsEvidence } from '../../src/evidence/contents/types.ts';

const contents: ContentsEvidence = {
  ...{ platform: 'linux/amd64', config: [], size: { from: 1_000, to: 1_000 }, layers: { count: 1, fresh: 0 } },
  packages: { state: 'read', added: [], removed: [], upgraded: [] },
  provenance: { state: 'agrees' },
};
const lineOf = (more: Partial<ContentsEvidence>) => {
  const inside: Inside = { image: 'golang', tags: ['1'], alike: 0, followers: 0, contents: { ...contents, ...more } };
  return insideLine(inside).replace(/^`golang:1`: (.*?;? ?)1.0 kB, as before, 0 of 1 layer new$/, '$1');
};
const long = `its attestation cannot be used: A blob of golang is larger than the 67 MB that are read. 200 MB`;

test.each<[string, Partial<ContentsEvidence>, string]>([
  ['packages that are the same', {}, 'the same packages; '],
  [
    'packages without a version',
    {
      packages: {
        state: 'read',
        added: [{ purl: 'pkg:deb/debian', name: 'debian', to: '' }],
        removed: [{ purl: 'pkg:npm/x', name: 'x', from: '' }],
        upgraded: [{ purl: 'pkg:npm/y', name: 'y', from: '', to: '2' }],
      },
    },
    '1 package with another version: `y` no version → `2`; 1 package added: `debian`; 1 package removed: `x`; ',
  ],
  [
    'packages that cannot be read, with the whole reason',
    { packages: { state: 'unreadable', why: long } },
    `its packages cannot be read: ${long}; `,
  ],
  [
    'an earlier image without an SBOM',
    { packages: { state: 'no-earlier', why: 'of the earlier image: upstream publishes no SBOM of it' } },
    'its packages are not compared: of the earlier image: upstream publishes no SBOM of it; ',
  ],
  [
    'a provenance that cannot be read',
    { provenance: { state: 'unreadable', why: 'it names no commit of `its` source' } },
    "the same packages; its provenance cannot be read: it names no commit of 'its' source; ",
  ],
  [
    'an attestation that cannot be read, once',
    { packages: { state: 'unreadable', why: 'a' }, provenance: { state: 'unreadable', why: 'a' } },
    'its packages cannot be read: a; ',
  ],
])('%s', (_, more, line) => {
  expect(lineOf(more)).toBe(line);
});

test('of an image that is new, no comparison of packages is missed', () => {
  const line = lineOf({ size: { to: 1_000 }, packages: { state: 'no-earlier', why: 'there is no earlier image' } });
  expect(line).toBe('`golang:1`: 1.0 kB, 0 of 1 layer new');
});
