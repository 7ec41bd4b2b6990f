import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gitIn } from '../support/git.ts';
import { destinationTags, expectJson, mirrorlock } from '../support/mirror.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const type = 'application/vnd.oci.image.index.v1+json';

it('B5: a backup never moves a tag that we did not put, and moves its own', async () => {
  const world = await setWorld({ images: '{include: [busybox]}', library: tinyLibrary });
  const file = join(world.mirror, 'mirrors.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\npolicy: {backup: "{{tag}}-previous"}\n`);
  const git = gitIn(world.mirror);
  const next = async () => {
    await expectJson(world, ['lock']);
    await git('add', '--all');
    await git('commit', '--quiet', '--message=Lock');
    return mirrorlock(world, ['apply']);
  };
  await next();
  // Somebody keeps an image of their own under the name of a backup.
  const url = `http://${world.destination.host}/v2/mirror/busybox/manifests`;
  const found = await fetch(`${url}/latest`, { headers: { accept: type } });
  const body = JSON.stringify({ ...((await found.json()) as object), annotations: { by: 'others' } });
  await fetch(`${url}/latest-previous`, { method: 'PUT', body, headers: { 'content-type': type } });
  const before = await destinationTags(world);

  publish(world.upstream, world.source, { rebuilt: ['busybox'] });
  const { code, stderr } = await next();
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/warning apply\/no-backup(.|\n)*seen: latest-previous/);
  const after = await destinationTags(world);
  expect(after.get('busybox:latest-previous')).toBe(before.get('busybox:latest-previous'));
  expect(after.get('busybox:1-previous')).toBe(before.get('busybox:1'));
  expect(after.get('busybox:latest')).not.toBe(before.get('busybox:latest'));

  publish(world.upstream, world.source);
  expect((await next()).code).toBe(0);
  expect((await destinationTags(world)).get('busybox:1-previous')).toBe(after.get('busybox:1'));
});
