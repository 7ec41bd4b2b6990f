import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { unusedMethods } from '../../scripts/structure.mts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A project of these files (path → text). */
function project(files: Readonly<Record<string, string>>): string {
  const { path } = temporaryDirectory();
  const compilerOptions = { module: 'nodenext', allowImportingTsExtensions: true, strict: true, noEmit: true };
  writeFileSync(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src', 'test'] }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

test('no exported function and no method of an exported type is for tests only', async () => {
  expect(await unusedMethods(root)).toEqual([]);
}, 300_000);

test('what only a test uses is found, however it is written', async () => {
  const path = project({
    'src/a.ts': `
      export interface Client { read(): number; write: () => void; close(): void; taken(): void }
      export class Reader {
        used() { return this.again(); }
        again(): number { return 1; }
        unused(): number { return this.unused(); }
        get length() { return 1; }
      }
      export function open(): Client {
        return { read: () => 1, write() {}, close() {}, taken() {} };
      }
      export const only = (): void => {};
      export function loop(): void { loop(); }`,
    'src/b.ts': `
      import { open as openIt, Reader } from './a.ts';
      const { taken } = openIt();
      taken();
      openIt().close();
      new Reader().used();`,
    'test/a.test.ts': `
      import { loop, only, open, Reader } from '../src/a.ts';
      const client = open();
      const { write: send } = client;
      client.read(); send(); client.close(); client.taken(); only(); loop();
      new Reader().unused(); new Reader().used(); new Reader()['length'];`,
  });
  expect(await unusedMethods(path)).toEqual([
    'src/a.ts Client.read',
    'src/a.ts Client.write',
    'src/a.ts Reader.length',
    'src/a.ts Reader.unused',
    'src/a.ts loop',
    'src/a.ts only',
  ]);
});

test('a method that is used through a port of the same form is used', async () => {
  const path = project({
    'src/a.ts': `
      export interface Client { head(name: string): number; get(name: string): number }
      interface Port { head(name: string): number }
      export const ask = (port: Port): number => port.head('a');
      export const run = (client: Client): number => ask(client);`,
    'src/b.ts': `import { run } from './a.ts'; run({ head: () => 1, get: () => 2 });`,
    'test/a.test.ts': `
      import type { Client } from '../src/a.ts';
      export const both = (client: Client) => client.head('a') + client.get('a');`,
  });
  expect(await unusedMethods(path)).toEqual(['src/a.ts Client.get']);
});
