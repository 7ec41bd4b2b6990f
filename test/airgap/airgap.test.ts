import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest-of.ts';
import { startCli } from '../support/cli.ts';
import { buildImages } from '../support/images/build.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import type { ImageSpec } from '../support/images/types.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { skopeo } from '../support/skopeo.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { announced, publish, setWorld, type World } from '../support/world.ts';

let world: World;
const folder = (name: string) => join(world.home, name);
const sumsOf = (name: string) => readFileSync(join(folder(name), 'SHA256SUMS'), 'utf8');

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(world, ['lock']);
});

/** Each step begins where the one before ended. */
const step = story();

describe('a first export', () => {
  step('holds all that the lockfile names, and asks the source for each distinct manifest once', async () => {
    world.source.reset();
    const result = await expectJson(world, ['export', folder('first')]);
    expect(result).toMatchObject({
      schema: 'mirrorlock/export/v1',
      finished: true,
      counts: { images: 2, groups: 3, tags: 11, leftOut: 0 },
    });
    // Three indexes, four images, and an attestation of each.
    expect(result.requests.source['countedPulls']).toBe(11);
    expect(world.source.seen().filter(({ method, kind }) => method === 'GET' && kind === 'manifest')).toHaveLength(11);
  });

  step('is an OCI layout that sha256sum and skopeo read', async () => {
    await execa('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: folder('first') });
    const index = await skopeo('inspect', '--raw', `oci:${folder('first')}:alpine:latest`);
    const wanted = lockedTags(readLock(world)).get('alpine:latest');
    expect(digestOf(index)).toBe(wanted);
  });

  step('costs nothing when it is made again', async () => {
    const before = sumsOf('first');
    expect((await expectJson(world, ['export', folder('first')])).requests.source['countedPulls']).toBe(0);
    expect(sumsOf('first')).toBe(before);
  });

  step('is imported whole, and once: a second import writes nothing', async () => {
    const first = await expectJson(world, ['import', folder('first')]);
    expect(first).toMatchObject({ destinations: [{ counts: { copied: 3, tagged: 11, failed: 0 } }] });
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
    world.destination.reset();
    const second = await expectJson(world, ['import', folder('first')]);
    expect(second).toMatchObject({ destinations: [{ counts: { copied: 0, tagged: 0, unchanged: 11 } }] });
    expect(world.destination.seen().every(({ method, kind }) => method === 'HEAD' || kind === 'ping')).toBe(true);
  });
});

describe('an export since an earlier one', () => {
  step('holds what is new alone, and asks the source for nothing else', async () => {
    world.upstream.write('busybox', world.upstream.read('busybox').replace('Tags: 1.38.0, ', 'Tags: 1.38.0, stable, '));
    await world.upstream.commit('Add a tag to busybox');
    publish(world.upstream, world.source, { rebuilt: ['alpine'] });
    await expectJson(world, ['lock']);
    world.source.reset();
    const result = await expectJson(world, ['export', folder('second'), '--since', folder('first')]);
    expect(result).toMatchObject({ finished: true, counts: { groups: 3, tags: 12, leftOut: 1 } });
    // Two indexes of alpine, three images, and an attestation of each.
    expect(result.requests.source['countedPulls']).toBe(8);
    const old = new Set(readdirSync(join(folder('first'), 'blobs/sha256')));
    expect(readdirSync(join(folder('second'), 'blobs/sha256')).filter((name) => old.has(name))).toEqual([]);
    await execa('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: folder('second') });
  });

  step('takes the record of the earlier export alone as well', async () => {
    const record = join(folder('first'), 'mirrorlock-export.json');
    await expectJson(world, ['export', folder('third'), '--since', record]);
    expect(sumsOf('third')).toBe(sumsOf('second'));
  });

  step('is imported where the earlier one is, tags that moved to old digests included', async () => {
    const result = await expectJson(world, ['import', folder('second')]);
    expect(result).toMatchObject({ destinations: [{ counts: { copied: 2, tagged: 8 } }] });
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectWholeTags(world);
  });

  step('is refused by name where the earlier one is not', async () => {
    const empty = await setWorld({ images: everything, library: tinyLibrary });
    cpSync(join(world.mirror, 'mirrors.lock.yaml'), join(empty.mirror, 'mirrors.lock.yaml'));
    const result = await mirrorlock(empty, ['import', folder('second')]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('airgap/left-out');
    expect(result.stderr).toContain('Import the earlier export first');
    const locked = lockedTags(readLock(world));
    for (const [name, digest] of await destinationTags(empty)) expect(locked.get(name)).toBe(digest);
    await expectWholeTags(empty);
  });
});

describe('import refuses', () => {
  const copyOf = (name: string) => {
    rmSync(folder(name), { recursive: true, force: true });
    cpSync(folder('second'), folder(name), { recursive: true });
    return folder(name);
  };
  const refusal = async (path: string) => {
    world.destination.reset();
    const { code, stderr } = await mirrorlock(world, ['import', path]);
    expect(world.destination.seen(), stderr).toEqual([]);
    return { code, stderr };
  };

  step('a file that was damaged on the way, before it asks the destination for anything', async () => {
    const path = copyOf('damaged');
    const [name = ''] = readdirSync(join(path, 'blobs/sha256'));
    appendFileSync(join(path, 'blobs/sha256', name), 'x');
    const { code, stderr } = await refusal(path);
    expect(code).toBe(2);
    expect(stderr).toContain('airgap/damaged');
    expect(stderr).toContain(name);
  });

  step('a file that is absent', async () => {
    const path = copyOf('absent');
    const [name = ''] = readdirSync(join(path, 'blobs/sha256'));
    rmSync(join(path, 'blobs/sha256', name));
    expect((await refusal(path)).stderr).toMatch(/airgap\/damaged(.|\n)*absent/);
  });

  step('an index of the layout that lies, also where its checksum was made to fit', async () => {
    const path = copyOf('lies');
    const index = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'));
    index.manifests[0].digest = index.manifests.at(-1).digest;
    writeFileSync(join(path, 'index.json'), JSON.stringify(index));
    expect((await refusal(path)).stderr).toContain('airgap/damaged');
    await sumAnew(path);
    expect((await refusal(path)).stderr).toContain('airgap/bad-index');
  });

  step('a record and an index that name a tag, or a digest, that the lockfile here does not', async () => {
    const path = copyOf('others');
    for (const file of ['index.json', 'mirrorlock-export.json']) {
      const text = readFileSync(join(path, file), 'utf8');
      writeFileSync(join(path, file), text.replaceAll('latest', 'newest'));
    }
    await sumAnew(path);
    const { code, stderr } = await refusal(path);
    expect(code).toBe(2);
    expect(stderr).toMatch(/airgap\/not-in-lockfile.*alpine:newest/);
    expect((await refusal(folder('first'))).stderr).toMatch(/another digest for alpine/);
  });

  step('paths that lead out of the export', async () => {
    const path = copyOf('paths');
    appendFileSync(join(path, 'SHA256SUMS'), `${'0'.repeat(64)}  ../secret\n`);
    expect((await refusal(path)).stderr).toContain('airgap/bad-sums');
  });

  step('an export that is not finished', async () => {
    const path = copyOf('unfinished');
    rmSync(join(path, 'SHA256SUMS'));
    expect((await refusal(path)).stderr).toContain('airgap/unfinished');
  });

  async function sumAnew(path: string): Promise<void> {
    const files = readFileSync(join(path, 'SHA256SUMS'), 'utf8').trim().split('\n');
    const { stdout } = await execa(
      'sha256sum',
      files.map((line) => line.slice(66)),
      { cwd: path },
    );
    writeFileSync(join(path, 'SHA256SUMS'), `${stdout}\n`);
  }
});

describe('an export that was killed', () => {
  step('goes on where it ended: no blob is fetched twice', async () => {
    const path = folder('killed');
    let blobs = 0;
    world.source.reset();
    world.source.respond(async ({ kind }) => {
      if (kind === 'blob' && ++blobs > 6) await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
      return undefined;
    });
    const running = startCli(['export', path, '-C', world.mirror], {
      env: { MIRRORLOCK_CACHE: join(world.home, 'c') },
    });
    const kept = join(path, 'blobs/sha256');
    const isBegun = () => blobs > 6 && existsSync(kept) && readdirSync(kept).length > 0;
    while (!isBegun()) await new Promise((resolve) => setTimeout(resolve, 20));
    running.kill('SIGKILL');
    await running.result;
    world.source.respond(undefined);
    expect(existsSync(join(path, 'SHA256SUMS'))).toBe(false);
    const there = new Set(readdirSync(join(path, 'blobs/sha256')).map((name) => `sha256:${name}`));
    expect(there.size).toBeGreaterThan(0);
    world.source.reset();
    await expectJson(world, ['export', path]);
    const asked = world.source
      .seen()
      .filter(({ method }) => method === 'GET')
      .map(({ reference }) => reference);
    expect(asked.filter((digest) => there.has(digest))).toEqual([]);
    await execa('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: path });
    expect(existsSync(join(path, '.partial'))).toBe(false);
  });
});

describe('export', () => {
  step('a folder with something else in it is left alone', async () => {
    const { code, stderr } = await mirrorlock(world, ['export', world.mirror]);
    expect(code).toBe(2);
    expect(stderr).toContain('airgap/not-an-export');
  });

  step('an export reads from a destination where told, and makes the same bytes', async () => {
    world.source.reset();
    const result = await expectJson(world, ['export', folder('from'), '--from', 'main']);
    expect(result.requests.source['countedPulls']).toBeGreaterThan(0);
    expect(world.source.seen()).toEqual([]);
    await expectJson(world, ['export', folder('again')]);
    expect(sumsOf('from')).toBe(sumsOf('again'));
  });
});

it('manifests of Docker’s types and rewritten indexes keep their bytes', async () => {
  const docker = await setWorld({ images: everything, library: tinyLibrary });
  const [alpine, busybox] = announced(docker.upstream) as [ImageSpec, ImageSpec];
  const images = [
    { ...alpine, groups: alpine.groups.map((group) => ({ ...group, form: 'docker-list' as const })) },
    { ...busybox, groups: busybox.groups.map((group) => ({ ...group, form: 'docker-manifest' as const })) },
  ];
  writeRegistryStorage(docker.source.storage, buildImages(images));
  const exported = join(docker.home, 'export');
  for (const rest of ['', '\nplatforms: [linux/amd64]\n']) {
    appendFileSync(join(docker.mirror, 'mirrors.yaml'), rest);
    await expectJson(docker, ['lock']);
    await expectJson(docker, ['export', exported]);
    await execa('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: exported });
    expect(await expectJson(docker, ['import', exported])).toMatchObject({ destinations: [{ counts: { failed: 0 } }] });
    expect(await destinationTags(docker)).toEqual(lockedTags(readLock(docker)));
    await expectWholeTags(docker);
  }
});
