import { expect, test } from 'vitest';
import { expandWorld } from './expand-world.ts';

test('D1: versions with four and more numbers are included and excluded number by number', async () => {
  const world = await expandWorld(
    {
      amazonlinux: ['2023', '2023.12.20260820.0', '2023.11.20260710.1'],
      sapmachine: ['17', '17.0.21.1-jdk', '17.0.21.2-jdk', '17.0.21-jdk', '17.0.20.9-jdk'],
    },
    [
      '{include: [',
      '{image: amazonlinux, versions: ">=2023.12"}, {image: sapmachine, versions: ">=17.0.21"}',
      '], exclude: [{image: sapmachine, versions: "<=17.0.21.1"}]}',
    ].join(''),
  );
  const { stdout, stderr, code } = await world.run(['expand', '--json']);
  expect(code, stderr).toBe(0);
  const wanted = JSON.parse(stdout).images.flatMap(
    ({ image, groups }: { image: string; groups: { tags: string[] }[] }) =>
      groups.flatMap(({ tags }) => tags.map((tag) => `${image}:${tag}`)),
  );
  expect(wanted).toEqual(['amazonlinux:2023.12.20260820.0', 'sapmachine:17.0.21.2-jdk', 'sapmachine:17.0.21-jdk']);
});
