import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readLayering } from '../../scripts/layering.mts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A project with the rules of this one and the given files (path → text). */
function project(files: Readonly<Record<string, string>>): string {
  const { path } = temporaryDirectory();
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
    cpSync(join(root, name), join(path, name));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

test('a stage imports only from its left, and every module was looked at', async () => {
  const { violations, looked, present } = await readLayering(root);
  expect(violations).toEqual([]);
  expect(looked).toEqual(present);
  expect(present.length).toBeGreaterThan(50);
});

test('an import from the right is found, be it of a type alone', async () => {
  const { violations } = await readLayering(
    project({
      'src/lock/file.ts': "import { digest } from '../core/names.ts';\nexport const lock = digest;\n",
      'src/core/names.ts': 'export const digest = 1;\n',
      'src/core/wrong.ts': "import { lock } from '../lock/file.ts';\nexport const wrong = lock;\n",
      'src/plan/types.ts': 'export type Plan = string;\n',
      'src/select/wrong.ts': "import type { Plan } from '../plan/types.ts';\nexport type Wrong = Plan;\n",
    }),
  );
  expect(violations).toEqual([
    'core-imports-only-to-its-left: src/core/wrong.ts → src/lock/file.ts',
    'select-imports-only-to-its-left: src/select/wrong.ts → src/plan/types.ts',
  ]);
});

test('a cycle is found, and so is an import from the tests', async () => {
  const { violations } = await readLayering(
    project({
      'src/core/a.ts': "export { b } from './b.ts';\nexport const a = 1;\n",
      'src/core/b.ts': "export { a } from './a.ts';\nexport const b = 1;\n",
      'src/plan/c.ts': "export { d } from '../../test/d.ts';\n",
      'test/d.ts': 'export const d = 1;\n',
    }),
  );
  expect(violations).toEqual([expect.stringContaining('no-cycles'), 'src-imports-only-src: src/plan/c.ts → test/d.ts']);
});
