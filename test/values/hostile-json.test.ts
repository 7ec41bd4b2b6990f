import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { serverMessage } from '../../src/registry/server-message.ts';
import { mirrorlock, readLock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('D4: JSON that nests without an end', () => {
  let world: World;

  beforeAll(async () => {
    world = await setWorld({ library: tinyLibrary, images: everything });
    const file = join(world.mirror, 'mirrors.yaml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\nplatforms: [linux/amd64]\n`);
  });

  test.each([
    ['as the index', deep(2_000_000)],
    ['in the index', `{"schemaVersion":2,"manifests":[${deep(1_900_000)}]}`],
    ['as a digest', `{"schemaVersion":2,"manifests":[{"digest":${deep(1_900_000)}}]}`],
    ['of objects', `{"manifests":${'{"a":'.repeat(600_000)}1${'}'.repeat(600_000)}}`],
    ['without an end', '['.repeat(4_000_000)],
  ])('%s, is named with the image and the digest, and keeps no other image from being locked', async (_, body) => {
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const type = 'application/vnd.oci.image.index.v1+json';
    world.source.respond(({ kind, method, repository }) =>
      kind === 'manifest' && repository === 'library/alpine'
        ? {
            status: 200,
            headers: { 'content-type': type, 'docker-content-digest': digest },
            ...(method === 'GET' ? { body } : {}),
          }
        : undefined,
    );
    const strict = await mirrorlock(world, ['lock', '--strict']);
    expect(strict.code).toBe(1);
    expect(strict.stderr).toMatch(/^error registry\/bad-index: alpine@sha256:/m);
    const { code, stderr } = await mirrorlock(world, ['lock']);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('bug');
    expect(stderr).toMatch(/^warning registry\/bad-index: alpine@sha256:/m);
    const { images } = readLock(world);
    expect(images.map(({ image }) => image)).toEqual(['alpine', 'busybox']);
    expect(images[0]?.entries.every((entry) => 'pending' in entry)).toBe(true);
    expect(images[1]?.entries.some((entry) => 'digest' in entry)).toBe(true);
  });

  test('in an error of a registry is no bug', () => {
    const body = Buffer.from(`{"errors":[{"code":"DENIED","message":"no","detail":${deep(20_000)}}]}`);
    expect(serverMessage(body, 'application/json').text).toContain('DENIED: no');
  });
});
