import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LockedGroup, lockedGroups } from '../../src/lock/types.ts';
import { platformsOf } from '../../src/resolve/children.ts';
import { destinationTags, expectJson, lockedTags, lockText, mirrorlock, readLock } from '../support/mirror.ts';
import { skopeo } from '../support/skopeo.ts';
import { story } from '../support/story.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { publish, setWorld, type World } from '../support/world.ts';

let world: World;
let configuration: string;

/** Sets what is kept, in YAML that goes before the rules. */
function keep(yaml: string): void {
  writeFileSync(join(world.mirror, 'mirrors.yaml'), `${yaml}\n${configuration}`);
}

function groupsOf(image: string): LockedGroup[] {
  return lockedGroups(readLock(world).images.find((locked) => locked.image === image));
}

function groupOf(image: string, tag: string): LockedGroup {
  const group = groupsOf(image).find(({ tags }) => tags.some((own) => own === tag));
  if (group === undefined) throw new Error(`${image}:${tag} is not locked`);
  return group;
}

async function countedPullsOf(args: readonly string[]): Promise<number | undefined> {
  return (await expectJson(world, args)).requests.source['countedPulls'];
}

async function bytesOf(registry: { host: string }, path: string): Promise<string> {
  const accept =
    'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json';
  const answer = await fetch(`http://${registry.host}/v2/${path}`, { headers: { accept } });
  expect(answer.status).toBe(200);
  return answer.text();
}

beforeAll(async () => {
  const images = `
  include:
    - alpine
    - {image: golang, tags: ["1.27.0*", "1.27", latest]}
`;
  world = await setWorld({ images });
  configuration = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
});

/** Each step begins where the one before ended. */
describe('with fewer platforms than upstream has', () => {
  const step = story();
  step('lock reads each index once and says what it cost', async () => {
    keep('platforms: [linux/amd64, linux/arm64]');
    world.source.reset();
    const locked = await expectJson(world, ['lock']);
    const groups = [...groupsOf('alpine'), ...groupsOf('golang')];
    const sources = new Set(groups.flatMap(({ index }) => index?.sources ?? []));
    expect(locked.requests.source['countedPulls']).toBe(sources.size);
    expect(world.source.counts().manifestGet).toBe(sources.size);
    for (const { index } of groups) {
      expect(platformsOf(index?.children ?? [])).toEqual(['linux/amd64', 'linux/arm64/v8']);
      expect(index?.children.filter(({ attests }) => attests !== undefined)).toHaveLength(2);
    }
  });

  step('groups that upstream does not build for these platforms are left out, with a warning', async () => {
    const { warnings } = (await expectJson(world, ['lock'])) as unknown as {
      warnings: { code: string; value: string }[];
    };
    expect(warnings.find(({ code }) => code === 'resolve/no-platform-left')?.value).toContain('golang: ');
    expect(lockText(world)).not.toMatch(/"[^"\n]*windows/);
  });

  step('tags that differ in what is left out alone share one digest', () => {
    const group = groupOf('golang', '1.27.0-trixie');
    expect(group.tags).toContain('latest');
    expect(group.index?.sources).toHaveLength(2);
  });

  step('lock again asks for no index: what is known of a digest stands in the lockfile', async () => {
    const before = lockText(world);
    expect(await countedPullsOf(['lock'])).toBe(0);
    expect(lockText(world)).toBe(before);
  });

  step('render lists the children, of which each is at the source', async () => {
    await expectJson(world, ['render']);
    const text = readFileSync(join(world.mirror, 'sync/golang.yaml'), 'utf8');
    for (const { digest } of groupOf('golang', 'latest').index?.children ?? []) expect(text).toContain(digest);
    expect(text).not.toContain(`- "${groupOf('golang', 'latest').digest}"`);
    await expectJson(world, ['check']);
  });

  step('apply asks the source for each child once and for no index', async () => {
    world.source.reset();
    const applied = await expectJson(world, ['apply']);
    const children = [...groupsOf('alpine'), ...groupsOf('golang')].flatMap(({ index }) => index?.children ?? []);
    expect(applied.requests.source['countedPulls']).toBe(new Set(children.map(({ digest }) => digest)).size);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    await expectJson(world, ['verify', '--extra']);
  });

  step('an unchanged world costs no counted pull and no write', async () => {
    world.source.reset();
    world.destination.reset();
    expect(await countedPullsOf(['lock'])).toBe(0);
    expect(await countedPullsOf(['apply'])).toBe(0);
    expect(world.source.counts().manifestGet).toBe(0);
    expect(world.destination.counts().manifestPut).toBe(0);
  });

  step('skopeo pulls each platform, and the children are upstream’s, byte for byte', async () => {
    for (const [image, tag] of [
      ['golang', 'latest'],
      ['alpine', 'latest'],
    ] as const) {
      for (const { digest } of groupOf(image, tag).index?.children ?? []) {
        const there = await bytesOf(world.destination, `mirror/${image}/manifests/${digest}`);
        expect(there).toBe(await bytesOf(world.source, `library/${image}/manifests/${digest}`));
      }
      for (const architecture of ['amd64', 'arm64']) {
        const reference = `docker://${world.destination.host}/mirror/${image}:${tag}`;
        const override = ['--override-os', 'linux', '--override-arch', architecture];
        const inspected = JSON.parse(
          (await skopeo(...override, 'inspect', '--tls-verify=false', reference)).toString(),
        ) as { Architecture: string };
        expect(inspected.Architecture).toBe(architecture);
        const folder = temporaryDirectory().path;
        await skopeo(...override, '--insecure-policy', 'copy', '--src-tls-verify=false', reference, `dir:${folder}`);
        const children = groupOf(image, tag).index?.children ?? [];
        const child = children.find(({ platform }) => platform?.architecture === architecture);
        expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe(
          await bytesOf(world.source, `library/${image}/manifests/${child?.digest}`),
        );
      }
    }
  });

  step('a platform fewer needs no request for it: the lockfile knows enough', async () => {
    keep('platforms: [linux/amd64]');
    expect((await mirrorlock(world, ['check'])).stderr).toContain('lock/stale');
    expect(await countedPullsOf(['lock'])).toBe(0);
    expect(platformsOf(groupOf('golang', 'latest').index?.children ?? [])).toEqual(['linux/amd64']);
    expect(await countedPullsOf(['apply'])).toBe(0);
    await expectJson(world, ['verify']);
  });

  step('a platform more is read and copied, and nothing else is', async () => {
    keep('platforms: [linux/amd64, linux/arm64, linux/s390x]');
    expect(await countedPullsOf(['lock'])).toBeGreaterThan(0);
    const added = new Set(
      [...groupsOf('alpine'), ...groupsOf('golang')].flatMap(({ index }) => {
        const child = index?.children.find(({ platform }) => platform?.architecture === 's390x');
        return child === undefined ? [] : [child.digest];
      }),
    );
    expect(added.size).toBeGreaterThan(0);
    expect(await countedPullsOf(['apply'])).toBe(2 * added.size);
    await expectJson(world, ['verify']);
  });

  step('attestations are dropped where the configuration says so, for only an image', async () => {
    keep('platforms: [linux/amd64]\noverrides: [{image: golang, attestations: drop}]');
    expect(await countedPullsOf(['lock'])).toBe(0);
    expect(groupOf('golang', 'latest').index?.children).toHaveLength(1);
    expect(groupOf('golang', 'latest').index?.without).toContain('attestations');
    expect(groupOf('alpine', 'latest').index?.children).toHaveLength(2);
    expect(await countedPullsOf(['apply'])).toBe(0);
    const index = JSON.parse(await bytesOf(world.destination, 'mirror/golang/manifests/latest')) as object;
    expect(index).toMatchObject({ manifests: [{ platform: { os: 'linux', architecture: 'amd64' } }] });
  });

  step('a rebuild is followed: the digests of children change, and a diff names it a rebuild', async () => {
    keep('platforms: [linux/amd64]');
    await expectJson(world, ['lock']);
    publish(world.upstream, world.source, { rebuilt: ['golang'] });
    const groups = groupsOf('golang').length;
    const locked = (await expectJson(world, ['lock'])) as unknown as { counts: { rebuilt: number } };
    expect(locked.counts.rebuilt).toBe(groups);
    await expectJson(world, ['apply']);
    await expectJson(world, ['verify']);
  });

  step('all platforms again: upstream’s own index, and nothing of it in the lockfile', async () => {
    keep('overrides: [{image: golang, platforms: [windows/amd64]}]');
    await expectJson(world, ['lock']);
    expect(groupsOf('alpine').every(({ index }) => index === undefined)).toBe(true);
    const shared = groupOf('golang', 'latest').index?.children ?? [];
    expect(shared.length).toBeGreaterThan(1);
    expect(new Set(shared.map(({ platform }) => platform?.osVersion)).size).toBe(shared.length);
    await expectJson(world, ['apply']);
    await expectJson(world, ['verify']);
  });

  step('a lockfile whose digest does not follow from its children is refused', async () => {
    const file = join(world.mirror, 'mirrors.lock.yaml');
    const text = lockText(world);
    const { digest } = groupOf('golang', 'latest');
    writeFileSync(file, text.replace(`digest: ${digest}`, `digest: sha256:${'0'.repeat(64)}`));
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(code).toBe(2);
    expect(stderr).toContain('lock/index-digest');
    writeFileSync(file, text);
  });
});

describe('with fewer pulls than there are indexes to read', () => {
  it('lock stops with exit code 4 before the limit, and the next run reads only what is left', async () => {
    const small = await setWorld({ images: '{include: [alpine]}' });
    const file = join(small.mirror, 'mirrors.yaml');
    const text = readFileSync(file, 'utf8');
    const within = (pulls: number) =>
      writeFileSync(
        file,
        `platforms: [linux/amd64]\n${text.replace('insecure: true}', `insecure: true, budget: {pulls: ${pulls}}}`)}`,
      );
    within(2);
    const { code, stderr } = await mirrorlock(small, ['lock']);
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(/lock\/budget(.|\n)*2 indexes/);
    within(100);
    const locked = await expectJson(small, ['lock']);
    const sources = readLock(small)
      .images.flatMap(lockedGroups)
      .flatMap(({ index }) => index?.sources ?? []);
    expect(sources.length).toBeGreaterThan(2);
    expect(locked.requests.source['countedPulls']).toBe(new Set(sources).size - 2);
    expect(small.source.counts().manifestGet).toBe(new Set(sources).size);
  });
});
