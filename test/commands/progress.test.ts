import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

describe('progress in a pipe', () => {
  let world: World;
  beforeAll(async () => {
    world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
  });

  it('says what is done, with bytes, on stderr', async () => {
    const { code, stdout, stderr } = await mirrorlock(world, ['apply', '--json']);
    expect(code, stderr).toBe(0);
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stderr).toMatch(/^Applying \(3\) …$/m);
    expect(stderr).toMatch(/^Applying: 3 done, \d+(\.\d)? kB in \d+ s$/m);
  });

  it('counts what failed as failed', async () => {
    const other = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(other, ['lock']);
    other.destination.respond(({ kind, repository }) =>
      kind === 'upload' && repository.endsWith('busybox') ? { status: 403, body: '{}' } : undefined,
    );
    const { code, stderr } = await mirrorlock(other, ['apply']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Applying: 2 done, 1 failed, /m);
  });

  it('is of exports, of the check of one, and of deep looks too, and names no digest', async () => {
    const folder = join(world.home, 'export');
    const exported = await mirrorlock(world, ['export', folder]);
    expect(exported.stderr).toMatch(/^Applying: 3 done, .*B in \d+ s$/m);
    const imported = await mirrorlock(world, ['import', folder]);
    expect(imported.stderr).toMatch(/^Checking the export: \d+ done, .*B in \d+ s$/m);
    const looked = await mirrorlock(world, ['verify', '--deep=content']);
    expect(looked.stderr).toMatch(/^Looking deep: 3 done, .*B in \d+ s$/m);
    for (const { stderr } of [exported, imported, looked]) expect(stderr).not.toMatch(/sha256:/);
  });

  it('is silent with --quiet', async () => {
    expect((await mirrorlock(world, ['verify', '--deep', '--quiet'])).stderr).toBe('');
  });
});
