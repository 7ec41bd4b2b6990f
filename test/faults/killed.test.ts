import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { mirrorlock } from '../support/mirror.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { setWorld } from '../support/world.ts';

/** A skopeo that says when it copies, and ends only when its folder is gone, after the test. */
function hangingSkopeo(): { path: string; isCopying: () => boolean } {
  const folder = temporaryDirectory().path;
  mkdirSync(join(folder, 'bin'));
  const script = `#!/bin/sh
if [ "$1" = --version ]; then echo "skopeo version 1.14.0"; exit 0; fi
touch ${folder}/copying
while [ -e ${folder} ]; do sleep 0.2; done
`;
  writeFileSync(join(folder, 'bin/skopeo'), script, { mode: 0o755 });
  return { path: join(folder, 'bin'), isCopying: () => readdirSync(folder).includes('copying') };
}

describe('C5: a run that is killed', () => {
  it('leaves no temporary file for longer than until the next run, whichever command that is', async () => {
    const world = await setWorld({ images: '{include: ["*"]}', library: tinyLibrary });
    await mirrorlock(world, ['lock']);
    const skopeo = hangingSkopeo();
    const env = {
      PATH: `${skopeo.path}:${process.env['PATH']}`,
      MIRRORLOCK_CACHE: join(world.home, 'cache'),
      TMPDIR: temporaryDirectory().path,
    };
    const inUse = startCli(['apply', '--engine', 'skopeo', '-C', world.mirror], { env });
    const killed = startCli(['apply', '--engine', 'skopeo', '-C', world.mirror], { env });
    await expect.poll(() => readdirSync(env.TMPDIR).length, { timeout: 20_000 }).toBe(2);
    await expect.poll(skopeo.isCopying, { timeout: 20_000 }).toBe(true);
    killed.kill('SIGKILL');
    await killed.result;
    await runCli(['expand', '-C', world.mirror], { env });
    expect(readdirSync(env.TMPDIR)).toEqual([expect.stringContaining(`-${inUse.pid}-skopeo-`)]);
    inUse.kill('SIGTERM');
    await inUse.result;
    expect(readdirSync(env.TMPDIR)).toEqual([]);
  });
});
