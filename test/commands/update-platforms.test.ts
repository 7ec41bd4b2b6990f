import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { buildImage } from '../support/images/build.ts';
import { type Descriptor, RepositoryBuilder } from '../support/images/repository-builder.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import type { BuiltRepository, ImageSpec } from '../support/images/types.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { announced, publish, setWorld } from '../support/world.ts';

let all: ForgeWorld;

const platformOf = ({ platform, annotations }: Descriptor, index: readonly Descriptor[]) => {
  const attested = annotations?.['vnd.docker.reference.digest'];
  return (attested === undefined ? platform : index.find(({ digest }) => digest === attested)?.platform)?.architecture;
};
const childrenOf = (built: BuiltRepository, tag: string) =>
  (JSON.parse(built.manifestOf(tag).bytes.toString()) as { manifests: Descriptor[] }).manifests;

/** An image of which one architecture alone was built anew. */
function rebuiltFor(architecture: string, image: ImageSpec): BuiltRepository {
  const [old, young] = [buildImage(image), buildImage({ ...image, rebuild: 1 })];
  const mixed = new RepositoryBuilder(image.repository);
  for (const one of [old, young]) {
    for (const [digest, bytes] of one.blobs) mixed.blobs.set(digest, bytes);
    for (const [digest, manifest] of one.manifests) mixed.manifests.set(digest, manifest);
  }
  for (const [tag] of old.tags) {
    const [before, after] = [childrenOf(old, tag), childrenOf(young, tag)];
    const children = [
      ...before.filter((child) => platformOf(child, before) !== architecture),
      ...after.filter((child) => platformOf(child, after) === architecture),
    ];
    mixed.tags.set(tag, mixed.index(old.manifestOf(tag).mediaType, children).digest);
  }
  return mixed;
}

/** Merges what the bot proposes: the work tree and the base have it. */
async function accept(): Promise<void> {
  await all.run(['lock']);
  await all.run(['render']);
  await all.commit('Accept');
}

beforeAll(async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  const file = join(world.mirror, 'mirrors.yaml');
  const text = readFileSync(file, 'utf8').replace('insecure: true}', 'insecure: true, budget: {pulls: 100}}');
  writeFileSync(file, `platforms: [linux/amd64]\n${text}`);
  all = await onGitHub(world, botRights);
  await accept();
});

/** Each step begins where the one before ended. */
describe('update where the lockfile changes and no tag does', () => {
  const step = story();
  step('proposes what indexes are made from now: a platform that is left out was built anew', async () => {
    expect(await all.json(['update'])).toMatchObject({ decision: 'no change and no PR' });
    const [alpine] = announced(all.world.upstream) as [ImageSpec];
    writeRegistryStorage(all.world.source.storage, [rebuiltFor('arm64', alpine)]);
    expect(await all.json(['update'])).toMatchObject({
      decision: 'a change and no PR',
      written: true,
      change: {
        title: 'alpine: details of 5 tags',
        body: expect.stringContaining('- Details: `3.24.1-x`'),
        files: [{ path: 'mirrors.lock.yaml', change: 'written' }],
      },
    });
  });

  step('reads no index twice while nobody has merged it', async () => {
    all.world.source.reset();
    expect(await all.json(['update'])).toMatchObject({ decision: 'a change and an open PR whose content equals' });
    expect(all.world.source.counts().manifestGet).toBe(0);
  });

  step('which diff tells as well', async () => {
    await all.run(['lock']);
    expect((await all.run(['diff'])).stdout).toContain('alpine: details of 5 tags');
    expect(await all.json(['diff'])).toMatchObject({ counts: { rebuilt: 0, details: 5 } });
    await accept();
    expect((await all.run(['diff'])).stdout).toBe('no change\n');
  });

  step('proposes that a tag is pending no more, as when upstream takes back what it announced', async () => {
    const { upstream, source } = all.world;
    const text = upstream.read('busybox');
    upstream.write('busybox', text.replace('Tags: 1.38.0,', 'Tags: 1.39.0,'));
    await upstream.commit('Announce');
    publish(upstream, source, { isPending: (image) => image === 'busybox' });
    await accept();
    upstream.write('busybox', text);
    await upstream.commit('Take it back');
    const done = await all.json(['update']);
    expect(done).toMatchObject({ written: true, change: { title: expect.stringContaining('no longer pending') } });
  });

  step('proposes other rules without other tags under a title that says so', async () => {
    await accept();
    const file = join(all.world.mirror, 'mirrors.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('{include: ["*"]}', '{include: [alpine, busybox]}'));
    await all.commit('Name the images');
    expect(await all.json(['update'])).toMatchObject({ change: { title: 'the rules have changed, no tag has' } });
  });
});
