import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { longFiles, longFunctions, smallNeighbours } from '../../scripts/rooms.mts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Small files that stand apart from their only importer, and why. */
const apart = {
  'src/config/is-valid.ts': 'the build puts ready code in its place',
  'src/forge/gitlab/commits.ts': 'it stands where its counterpart of GitHub does',
};

/** Long files, and why. */
const long = {
  'src/config/schema.gen.ts': 'it is generated',
};

function project(files: Readonly<Record<string, string>>): string {
  const { path } = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

test('no file of fewer than 40 lines stands beside its only importer, but those with a reason', () => {
  expect(smallNeighbours(root, 40).map(({ file }) => file)).toEqual(Object.keys(apart));
});

test('no function has more than 60 lines of its own', () => {
  expect(longFunctions(root, 60)).toEqual([]);
});

test('no file has more than 250 lines, but those with a reason', () => {
  expect(longFiles(root, 250)).toEqual(Object.keys(long));
});

test('a small file beside its only importer is found, one that two import is not, nor one in another folder', () => {
  const path = project({
    'src/a/main.ts': "import './one.ts';\nimport './two.ts';\nimport '../b/far.ts';\nawait import('./late.ts');\n",
    'src/a/one.ts': "import './two.ts';\n",
    'src/a/two.ts': 'export {};\n',
    'src/a/late.ts': 'export {};\n',
    'src/b/far.ts': 'export {};\n',
  });
  expect(smallNeighbours(path, 40)).toEqual([
    { file: 'src/a/late.ts', lines: 1, importer: 'src/a/main.ts' },
    { file: 'src/a/one.ts', lines: 1, importer: 'src/a/main.ts' },
  ]);
});

test('a function is as long as it is without the functions within', () => {
  const body = (lines: number) => '  work();\n'.repeat(lines);
  const path = project({
    'src/a.ts': `export function outer() {\n${body(5)}  const inner = () => {\n${body(5)}  };\n  inner();\n}\n`,
  });
  expect(longFunctions(path, 7)).toEqual([{ place: 'src/a.ts:1', lines: 8 }]);
  expect(longFunctions(path, 6)).toEqual([
    { place: 'src/a.ts:7', lines: 7 },
    { place: 'src/a.ts:1', lines: 8 },
  ]);
});
