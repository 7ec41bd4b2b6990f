import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { onCleanUp } from '../support/cleanup.ts';
import { mirrorTo } from '../support/faults/other-mirror.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { findProgram } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { countedRegistry, setWorld, type World } from '../support/world.ts';

vi.setConfig({ testTimeout: 120_000 });

/** A folder on a disk of so many bytes, in memory; `undefined` where this account may not mount one. */
function smallDisk(bytes: number): string | undefined {
  const folder = join(temporaryDirectory().path, 'disk');
  mkdirSync(folder);
  try {
    execFileSync(findProgram('mount'), ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onCleanUp(async () => void execFileSync(findProgram('umount'), [folder]));
  return folder;
}

const canMount = smallDisk(65_536) !== undefined;
const noStack = /^\s+at .+:\d+:\d+\)?$/m;

let locked: World;
beforeAll(async () => {
  locked = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(locked, ['lock']);
  // A source that counts pulls, so that they are kept.
  locked.source.respond(() => ({
    passes: true,
    addHeaders: { 'ratelimit-limit': '1000;w=21600', 'ratelimit-remaining': '900;w=21600' },
  }));
});

describe.skipIf(!canMount)('a disk that is full (where a small one can be mounted)', () => {
  // A page is 4 KiB: no room at all, and room for some of the files.
  it.each([4_096, 32_768])('under the cache folder, of %i bytes: apply goes on and warns once', async (bytes) => {
    const world = mirrorTo(locked, await countedRegistry());
    const { code, stderr } = await mirrorlock(world, ['apply'], { MIRRORLOCK_CACHE: smallDisk(bytes) ?? '' });
    expect(code, stderr).toBe(0);
    expect(stderr.match(/warning budget\/store/g)).toHaveLength(1);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  });

  it('under an export: a clear error, and what is there is not taken for an export', async () => {
    const disk = smallDisk(65_536) ?? '';
    const folder = join(disk, 'export');
    const { code, stderr } = await mirrorlock(locked, ['export', folder]);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/error airgap\/no-space/);
    expect(stderr).not.toMatch(noStack);
    expect(existsSync(join(folder, 'SHA256SUMS'))).toBe(false);
    const imported = await mirrorlock(mirrorTo(locked, await countedRegistry()), ['import', folder]);
    expect(imported.stderr).toMatch(/error airgap\/unfinished/);
    execFileSync(findProgram('mount'), ['-o', 'remount,size=16m', disk]);
    expect(await expectJson(locked, ['export', folder])).toMatchObject({ finished: true });
    expect(await expectJson(mirrorTo(locked, await countedRegistry()), ['import', folder])).toMatchObject({
      destinations: [{ counts: { copied: 3, failed: 0 } }],
    });
  });
});

it('an export to a folder that is below a file says so', async () => {
  const { code, stderr } = await mirrorlock(locked, ['export', join(locked.mirror, 'mirrors.yaml', 'export')]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/error airgap\/not-writable/);
  expect(stderr).not.toMatch(noStack);
});
