import { expect, test } from 'vitest';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

test('lock says of a pending release which tag was asked for and why, and that the old one stays', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(world, ['lock']);
  world.upstream.release('busybox', '1.38.0', '1.38.1');
  await world.upstream.commit('Update busybox');
  publish(world.upstream, world.source, { isPending: (image) => image === 'busybox' });
  const { stdout } = await mirrorlock(world, ['lock']);
  expect(stdout).toContain(
    'asked for `busybox:1.38.1`, which upstream lists first of this group: the source does not have it',
  );
  expect(stdout).toContain('`1.38.0` stays until it is published.');
  expect(stdout).toMatch(/ {2}- 1\.38\.0 {2}[0-9a-f]{12} {2}stays until 1\.38\.1 is published/);
  const again = await expectJson(world, ['lock']);
  expect(again).toMatchObject({ changes: { schema: 'mirrorlock/changes/v1' } });
});
