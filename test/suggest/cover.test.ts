import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRules } from '../../src/config/parse.ts';
import type { ImageName, Tag } from '../../src/core/names.ts';
import { select } from '../../src/select/select.ts';
import { coverTags, rulesYaml } from '../../src/suggest/cover.ts';
import { library } from '../support/selection.ts';

const python = [
  '3.14.0-trixie 3.14-trixie 3-trixie trixie',
  '3.14.0 3.14 3 latest',
  '3.14.0-slim 3.14-slim 3-slim slim 3.14.0-slim-trixie',
  '3.13.9 3.13',
  '3.13.9-slim 3.13-slim',
  '3.13.9-alpine 3.13-alpine',
  '3.12.12 3.12',
  '3.12.12-slim 3.12-slim',
  '3.12.12-alpine 3.12-alpine',
  '3.11.14-slim 3.11-slim',
  '3.15.0rc1-slim 3.15-rc-slim',
];

function cover(images: Readonly<Record<string, readonly string[]>>, ...used: string[]): string[] {
  const wanted = new Map<ImageName, Set<Tag>>();
  for (const [image, tag] of used.map((text) => text.split(':') as [ImageName, Tag])) {
    wanted.set(image, (wanted.get(image) ?? new Set()).add(tag));
  }
  const drafts = coverTags(library(images), wanted);
  return rulesYaml(drafts)
    .split('\n')
    .flatMap((line) => (line.startsWith('    - ') ? [line.slice(6)] : []));
}

test.each([
  ['a tag that floats is itself', ['python:3.12-slim'], '{image: python, tags: ["3.12-slim"]}'],
  ['a full version is its line', ['python:3.12.12-slim'], '{image: python, tags: ["3.12.*-slim"]}'],
  ['a line without a variant', ['python:3.12.12'], String.raw`{image: python, tags: ['/^3\.12(\.\d+)+$/']}`],
  [
    'a line holds what floats in it',
    ['python:3.12.12-slim', 'python:3.12-slim'],
    '{image: python, tags: ["3.12-slim", "3.12.*-slim"]}',
  ],
  [
    'several of one variant are one value',
    ['python:3.11-slim', 'python:3.12-slim', 'python:3.14-slim'],
    '{image: python, tags: ["{3.11,3.12,3.14}-slim"]}',
  ],
  [
    'several lines are one value',
    ['python:3.11.14-slim', 'python:3.12.12-slim', 'python:3.14.0-slim', 'python:latest'],
    '{image: python, tags: ["{3.11,3.12,3.14}.*-slim", "latest"]}',
  ],
  [
    'all versions of a variant that there are',
    ['python:3.12-alpine', 'python:3.13-alpine', 'python:3.13.9-alpine'],
    '{image: python, tags: ["3.*-alpine"]}',
  ],
  [
    'all versions from one on',
    ['python:3.12-slim', 'python:3.13-slim', 'python:3.14-slim'],
    '{image: python, versions: [">=3.12"], tags: ["*-slim"]}',
  ],
  ['a pre-release is itself', ['python:3.15.0rc1-slim'], '{image: python, tags: ["3.15.0rc1-slim"]}'],
])('%s', (_, used, rule) => {
  expect(cover({ python }, ...used)).toEqual([rule]);
});

test('an image that is used whole is its name, and images that want the same are one rule', () => {
  const images = { redis: ['8 latest', '7'], nginx: ['1 latest', '0'], hello: ['latest linux'], busybox: ['1 latest'] };
  expect(cover(images, 'redis:latest', 'nginx:latest', 'hello:linux', 'busybox:1')).toEqual([
    '"{busybox,hello}"',
    '{image: "{nginx,redis}", tags: ["latest"]}',
  ]);
});

const variants = ['', '-slim', '-alpine', '-slim-trixie'];
const arbitraryImage = fc
  .uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 12 }), fc.constantFrom(...variants)),
    {
      minLength: 1,
      maxLength: 14,
      selector: ([major, minor, variant]) => `${major}.${minor}${variant}`,
    },
  )
  .map((entries) => {
    const floats = new Set<string>();
    return entries.map(([major, minor, variant]) => {
      const own = [`${major}.${minor}.${major + minor}${variant}`, `${major}.${minor}${variant}`];
      const float = `${major}${variant}`;
      if (!floats.has(float)) own.push(float);
      floats.add(float);
      return own.join(' ');
    });
  });

test('the rules select all that is used, no group besides, and are at most one an image', () => {
  fc.assert(
    fc.property(
      fc.record({ one: arbitraryImage, two: arbitraryImage }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
      (images, picks) => {
        const world = library(images);
        const all = world.images.flatMap(({ name, groups }) =>
          groups.flatMap(({ tags }) => tags.map((tag) => ({ name, tag }))),
        );
        const used = picks.flatMap((pick) => all[pick % all.length] ?? []);
        const wanted = new Map(
          world.images.map(({ name }) => [name, new Set(used.flatMap((one) => (one.name === name ? [one.tag] : [])))]),
        );
        const drafts = coverTags(world, wanted);
        const { images: selected } = select(world, parseRules(`version: 1\n${rulesYaml(drafts)}\n`, 'x'));
        const tags = new Set(
          selected.flatMap(({ image, groups }) =>
            groups.flatMap((group) => group.wanted.map((tag) => `${image}:${tag}`)),
          ),
        );
        expect(used.filter(({ name, tag }) => !tags.has(`${name}:${tag}`))).toEqual([]);
        const groups = selected.flatMap(({ image, groups: own }) => own.map(({ group }) => ({ image, group })));
        expect(groups.filter(({ image, group }) => !group.tags.some((tag) => wanted.get(image)?.has(tag)))).toEqual([]);
        expect(drafts.length).toBeLessThanOrEqual(new Set(used.map(({ name }) => name)).size);
      },
    ),
    { numRuns: 300 },
  );
});
