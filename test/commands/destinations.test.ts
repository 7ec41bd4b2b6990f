import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { gitIn } from '../support/git.ts';
import { expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld, type World } from '../support/world.ts';

const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
let world: World;

/** A destination that nobody is at, and two namespaces of one registry. */
beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  const { host } = world.destination;
  const file = join(world.mirror, 'mirrors.yaml');
  const destinations = `  - {name: down, registry: "127.0.0.1:1", namespace: mirror, insecure: true}
  - {name: main, registry: "${host}", namespace: mirror, insecure: true}
  - {name: second, registry: "${host}", namespace: team/copies, insecure: true}
`;
  const text = readFileSync(file, 'utf8').replace(/ {2}- \{name: main.*\n/, destinations);
  writeFileSync(file, `${text}\npolicy: {backup: "{{tag}}-previous"}\n`);
  await lockAndCommit();
});

/** Locks and commits, as what is merged: a backup of what no merged lockfile named is not moved. */
async function lockAndCommit(): Promise<void> {
  await expectJson(world, ['lock']);
  const git = gitIn(world.mirror);
  await git('add', '--all');
  await git('commit', '--quiet', '--allow-empty', '--message=Lock');
}

async function digestAt(path: string, tag: string): Promise<string | null> {
  const url = `http://${world.destination.host}/v2/${path}/manifests/${tag}`;
  const { headers } = await fetch(url, { method: 'HEAD', headers: { accept } });
  return headers.get('docker-content-digest');
}

async function expectAll(namespace: string): Promise<void> {
  for (const [name, digest] of lockedTags(readLock(world))) {
    const [image = '', tag = ''] = name.split(':');
    expect(await digestAt(`${namespace}/${image}`, tag), `${namespace}/${name}`).toBe(digest);
  }
}

/** Each step begins where the one before ended. */
const step = story();

describe('several destinations', () => {
  step('of one registry cost the pulls, and the blobs, of one', async () => {
    world.source.reset();
    const result = await expectJson(world, ['apply', '--destination', 'main', 'second']);
    const gets = world.source.seen().filter(({ method }) => method === 'GET');
    const [manifests, blobs] = ['manifest', 'blob'].map((kind) => gets.filter((one) => one.kind === kind));
    // Three indexes, four images, and an attestation of each.
    expect(manifests).toHaveLength(11);
    expect(result.requests.source['countedPulls']).toBe(11);
    expect(blobs?.length).toBe(new Set(blobs?.map(({ reference }) => reference)).size);
    await expectAll('mirror');
    await expectAll('team/copies');
  });

  step('do not hold each other back: one that is down is named, and the others are done', async () => {
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    await lockAndCommit();
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(code).toBe(1);
    expect(stderr).toContain('not applied at down');
    expect(stderr).not.toContain('not applied at main');
    await expectAll('mirror');
    await expectAll('team/copies');
  });

  step('are compared with the lockfile though one of them is down', async () => {
    const { code, stdout, stderr } = await mirrorlock(world, ['verify', '--json']);
    expect(code).toBe(1);
    expect(stderr).toContain('down was not compared with the lockfile');
    expect(JSON.parse(stdout)).toMatchObject({
      drift: false,
      destinations: [
        { name: 'main', drift: [] },
        { name: 'second', drift: [] },
      ],
      failures: [{ name: 'down', problem: { code: 'registry/network' } }],
    });
  });
});

describe('a backup', () => {
  step('keeps what a tag pointed at before it moved, and is not extra', async () => {
    const before = lockedTags(readLock(world));
    publish(world.upstream, world.source);
    await lockAndCommit();
    const moved = [...lockedTags(readLock(world))].filter(([name, digest]) => before.get(name) !== digest);
    expect(moved.length).toBeGreaterThan(0);
    await expectJson(world, ['apply', '--destination', 'main']);
    for (const [name] of moved) {
      const [image = '', tag = ''] = name.split(':');
      expect(await digestAt(`mirror/${image}`, `${tag}-previous`)).toBe(before.get(name));
    }
    expect(await digestAt('mirror/busybox', 'latest-previous')).toBe(null);
    await expectJson(world, ['verify', '--extra', '--destination', 'main']);
  });
});
