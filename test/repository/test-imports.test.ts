import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { projectFiles, readProjectFile } from '../support/project-files.ts';

/** What a file may import beyond the rule. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // Programs that print a table, as benchmarks do.
  'test/registries/main.ts': ['bench/lib/table.ts'],
  'test/mutants/main.ts': ['bench/lib/table.ts'],
};

/** The folder of `test` that a file is in, with `test/` before it; for other files the top folder. */
function roomOf(path: string): string {
  return path.split('/', path.startsWith('test/') ? 2 : 1).join('/');
}

/** The files of the project that a file imports, by paths from the top. */
function imports(path: string, text: string): string[] {
  return ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(path), name)));
}

/** What a file of `test` imports from elsewhere than the code, `test/support` and its own folder. */
function forbidden(path: string, text: string): string[] {
  const allowed = ['src', 'schema', 'scripts', 'test/support', roomOf(path)];
  return imports(path, text)
    .filter((target) => !allowed.includes(roomOf(target)) && !exceptions[path]?.includes(target))
    .map((target) => `${path} → ${target}`);
}

test('a test imports only from the code, test/support and its own folder', () => {
  const files = projectFiles().filter((path) => path.startsWith('test/') && path.endsWith('.ts'));
  expect(files.flatMap((path) => forbidden(path, readProjectFile(path)))).toEqual([]);
  expect(files.length).toBeGreaterThan(100);
});

test('an import from the folder of other tests is found, and so is one of a type', () => {
  const text = `
    import { a } from '../../src/core/names.ts';
    import { b } from '../support/registry.ts';
    import { c } from './model.ts';
    import { d } from '../lock/build.ts';
    export type { E } from '../../bench/lib/table.ts';
    const f = await import('../promises/mirror.ts');
  `;
  expect(forbidden('test/apply/some.test.ts', text)).toEqual([
    'test/apply/some.test.ts → test/lock/build.ts',
    'test/apply/some.test.ts → bench/lib/table.ts',
    'test/apply/some.test.ts → test/promises/mirror.ts',
  ]);
  expect(forbidden('test/apply/blobs/some.test.ts', "import '../model.ts';")).toEqual([]);
});
