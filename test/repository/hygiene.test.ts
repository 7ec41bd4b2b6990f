import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles, readProjectFile, root } from '../support/project-files.ts';

test('the lockfile of npm names no registry, so that it installs from any', () => {
  const { packages }: { packages: Record<string, { resolved?: string }> } = JSON.parse(
    readProjectFile('package-lock.json'),
  );
  const resolved = Object.entries(packages).flatMap(([path, { resolved }]) =>
    resolved ? [`${path}: ${resolved}`] : [],
  );
  expect(resolved).toEqual([]);
});

test('the lockfile of npm has the packages for every platform (else: node scripts/lock-platforms.mjs)', () => {
  const { packages }: { packages: Record<string, { optionalDependencies?: object }> } = JSON.parse(
    readProjectFile('package-lock.json'),
  );
  const paths = Object.keys(packages);
  const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(optional.length).toBeGreaterThan(0);
  expect(optional.filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
});

test('F: every package has its integrity in the lockfile of npm (else: node scripts/lock-platforms.mjs)', () => {
  const { packages }: { packages: Record<string, { integrity?: string }> } = JSON.parse(
    readProjectFile('package-lock.json'),
  );
  const unproved = Object.entries(packages).filter(
    ([path, { integrity }]) => path !== '' && !integrity?.startsWith('sha512-'),
  );
  expect(unproved.map(([path]) => path)).toEqual([]);
});

test('every package is pinned to an exact version', () => {
  const {
    dependencies,
    devDependencies,
  }: Record<string, Record<string, string>> = JSON.parse(readProjectFile('package.json'));
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
});

test('no file names a path of somebody’s machine', () => {
  // Put together here, so that this file does not name one itself; `me` and `x` are nobody.
  const homes = ['home', 'Users', 'work', 'farm'].map((folder) => `/${folder}/`);
  const pattern = new RegExp(`(?<![\\w.}*-])(?:${homes.join('|')})(?!(?:me|x)\\b)[\\w.]`);
  const found = projectFiles().flatMap((file) => {
    if (!existsSync(join(root, file))) return [];
    const lines = readProjectFile(file).split('\n');
    return lines.flatMap((line, index) =>
      pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 100)}`] : [],
    );
  });
  expect(found).toEqual([]);
});
