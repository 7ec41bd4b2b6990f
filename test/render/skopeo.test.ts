import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { digest } from '../support/lockfiles.ts';
import { findProgram } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { builtIn, example, hub, renderWith } from './build.ts';

/** Asks the real skopeo what it would copy; a dry run by digest asks no registry. */
async function wouldCopy(text: string): Promise<string[]> {
  const folder = temporaryDirectory().path;
  const file = join(folder, 'image.yaml');
  writeFileSync(file, text);
  const sync = ['sync', '--dry-run', '--all', '--preserve-digests', '--src', 'yaml', '--dest', 'docker'];
  const { stderr } = await promisify(execFile)(findProgram('skopeo'), [...sync, file, 'registry.example/mirror'], {
    env: { HOME: folder },
  });
  return [...stderr.matchAll(/Would have copied image ref.* from="([^"]+)" to="([^"]+)"/g)].map(
    ([, from, to]) => `${from} ${to}`,
  );
}

test('plain skopeo takes the rendered file, and reads exactly the locked digests in it', async () => {
  const text = (await renderWith(builtIn, example, hub)).get('sync/alpine.yaml') ?? '';
  expect(await wouldCopy(text)).toEqual(
    ['a', 'b'].map((name) => `docker://alpine@${digest(name)} docker://registry.example/mirror/alpine@${digest(name)}`),
  );
});

test('also where the source has a port, no TLS and no namespace', async () => {
  const source = { ...hub, registry: { host: 'registry.example:5000', insecure: true }, namespace: '' };
  const text = (await renderWith(builtIn, example, source)).get('sync/golang.yaml') ?? '';
  expect(await wouldCopy(text)).toEqual([
    `docker://registry.example:5000/golang@${digest('c')} docker://registry.example/mirror/golang@${digest('c')}`,
  ]);
});
