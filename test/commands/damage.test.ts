import { beforeAll, describe, expect, it } from 'vitest';
import { type Blow, type DamageableWorld, type ImagePaths, setDamageableWorld } from '../support/damage.ts';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';

let world: DamageableWorld;
let alpine: ImagePaths;
let contents: ReturnType<ImagePaths['contents']>;

/** The file that is spoilt, from what `alpine:3.24.1` points at. */
type Target = (paths: ImagePaths, of: ReturnType<ImagePaths['contents']>) => string;
const tagLink: Target = (paths) => paths.tag('3.24.1');
const indexLink: Target = (paths, { index }) => paths.revision(index);
const childLink: Target = (paths, { children: [child = ''] }) => paths.revision(child);
const layerLink: Target = (paths, { blobs: [, layer = ''] }) => paths.layerLink(layer);
const layerData: Target = (paths, { blobs: [, layer = ''] }) => paths.data(layer);
const indexData: Target = (paths, { index }) => paths.data(index);
const childData: Target = (paths, { children: [child = ''] }) => paths.data(child);

// Each test mends what it has spoilt.
beforeAll(async () => {
  world = await setDamageableWorld({ images: everything, library: tinyLibrary });
  alpine = world.paths('alpine');
  await expectJson(world, ['lock']);
  await expectJson(world, ['apply']);
  contents = alpine.contents('3.24.1');
});

async function spoil(...blows: readonly (readonly [Target, Blow])[]): Promise<void> {
  await world.damage(blows.map(([target, blow]) => [target(alpine, contents), blow]));
  world.source.reset();
  world.destination.reset();
}

interface DeepDestination {
  readonly drift: readonly {
    kind: string;
    image: string;
    tags: string[];
    what: string;
    digest: string;
    reason: string;
  }[];
  readonly deep: { manifests: number; blobs: number; gets: number; countedPulls?: number };
}

async function verifyDeep(code: number, ...options: readonly string[]): Promise<DeepDestination> {
  const report = await expectJson(world, ['verify', ...(options.length > 0 ? options : ['--deep'])], code);
  const [destination] = report['destinations'] as DeepDestination[];
  if (destination === undefined) throw new Error('no destination');
  return destination;
}

describe('a link that a killed registry left empty', () => {
  it('of a tag is named by plan and verify, holds back no other, and the next apply puts the tag again', async () => {
    await spoil([tagLink, 'empty']);
    const plan = await mirrorlock(world, ['plan']);
    expect(plan.code, plan.stderr).toBe(0);
    expect(plan.stdout).toMatch(/1 tag to put, 10 tags unchanged/);
    expect(plan.stdout).toMatch(/3\.24\.1!.*cannot be served/);
    const verify = await mirrorlock(world, ['verify']);
    expect(verify.code, verify.stderr).toBe(3);
    expect(verify.stdout).toMatch(/broken +alpine:3\.24\.1 /);
    const { counts, requests } = await expectJson(world, ['apply']);
    expect(counts).toMatchObject({ copied: 0, tagged: 1, unchanged: 10, failed: 0 });
    expect(requests.source['countedPulls']).toBe(0);
    await expectWholeTags(world);
    expect((await mirrorlock(world, ['verify'])).code).toBe(0);
  });

  it('of an index: its tags are put again, for one counted pull', async () => {
    await spoil([indexLink, 'empty']);
    const { counts, requests } = await expectJson(world, ['apply']);
    expect(counts).toMatchObject({ copied: 1, failed: 0 });
    expect(requests.source['countedPulls']).toBe(1);
    expect((await mirrorlock(world, ['verify', '--deep'])).code).toBe(0);
    await expectWholeTags(world);
  });

  it.each([
    ['a child', childLink, 'manifest', 1],
    ['a layer', layerLink, 'blob', 0],
  ] as const)('of %s is named by verify --deep, and put again by apply --deep', async (_, target, what, pulls) => {
    await spoil([target, 'empty']);
    expect((await mirrorlock(world, ['verify'])).code).toBe(0);
    const { drift } = await verifyDeep(3);
    expect(drift).toMatchObject([{ kind: 'broken', image: 'alpine', what }]);
    expect(drift[0]?.reason).toMatch(/500/);
    expect(drift[0]?.tags).toContain('3.24.1');
    const { counts, requests } = await expectJson(world, ['apply', '--deep']);
    expect(counts).toMatchObject({ copied: 0, failed: 0, unchanged: 11 });
    expect(counts['mended']).toBeGreaterThan(0);
    expect(requests.source['countedPulls']).toBe(pulls);
    expect((await verifyDeep(0)).drift).toEqual([]);
    await expectWholeTags(world);
  });
});

describe('a file that is gone', () => {
  it.each([
    ['a layer', layerData, 'blob'],
    ['a child', childData, 'manifest'],
    ['a layer of a repository', layerLink, 'blob'],
  ] as const)('of %s is put again by apply --deep', async (_, target, what) => {
    await spoil([target, 'gone']);
    expect((await verifyDeep(3)).drift).toMatchObject([{ kind: 'broken', what, reason: 'not found (404)' }]);
    expect((await expectJson(world, ['apply', '--deep'])).counts).toMatchObject({ failed: 0 });
    expect((await verifyDeep(0)).drift).toEqual([]);
    await expectWholeTags(world);
  });

  it('of an index is put again by the next apply', async () => {
    await spoil([indexData, 'gone']);
    expect((await expectJson(world, ['apply'])).counts).toMatchObject({ copied: 1, failed: 0 });
    expect((await verifyDeep(0)).drift).toEqual([]);
  });
});

describe('content that docker-registry keeps, damaged, whatever it is sent', () => {
  it.each([
    ['a layer, empty', layerData, 'empty', 'blob', /it has 0 bytes, not \d+/],
    ['a layer, cut short', layerData, 'cut', 'blob', /it has 20 bytes, not \d+/],
    ['a child, empty', childData, 'empty', 'manifest', /500/],
    ['a child, cut short', childData, 'cut', 'manifest', /500/],
  ] as const)('%s: verify --deep names it, apply --deep says what to remove, and then mends it', async (...row) => {
    const [, target, blow, what, reason] = row;
    await spoil([target, blow]);
    const { drift } = await verifyDeep(3);
    expect(drift).toMatchObject([{ kind: 'broken', what, reason: expect.stringMatching(reason) }]);
    const digest = drift[0]?.digest ?? '';
    const failed = await mirrorlock(world, ['apply', '--deep']);
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toMatch(/error apply\/not-mended: .*alpine/);
    expect(failed.stderr).toContain(`remove blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`);
    await spoil([() => alpine.data(digest), 'gone']);
    expect((await expectJson(world, ['apply', '--deep'])).counts).toMatchObject({ failed: 0 });
    expect((await verifyDeep(0)).drift).toEqual([]);
    await expectWholeTags(world);
  });

  it('an empty index: its tags are named, each by one cause, and no other group is held back', async () => {
    await spoil([indexData, 'empty'], [(paths) => paths.tag('3.23'), 'gone']);
    expect((await mirrorlock(world, ['verify'])).stdout).toMatch(/broken +alpine:latest /);
    const failed = await mirrorlock(world, ['apply']);
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toMatch(/apply\/not-mended/);
    expect((await mirrorlock(world, ['verify'])).stdout).not.toMatch(/3\.23/);
    await spoil([indexData, 'gone']);
    expect((await expectJson(world, ['apply'])).counts).toMatchObject({ failed: 0 });
    await expectWholeTags(world);
  });
});

describe('verify --deep=content', () => {
  it('finds bytes that have another digest, which a HEAD does not tell', async () => {
    await spoil([layerData, 'changed']);
    expect((await verifyDeep(0)).drift).toEqual([]);
    const { drift } = await verifyDeep(3, '--deep=content');
    expect(drift).toMatchObject([{ kind: 'broken', what: 'blob', reason: 'its bytes have another digest' }]);
    await spoil([layerData, 'changed']);
  });
});

describe('a deep look', () => {
  it('asks for each digest once in a repository, and writes nothing', async () => {
    world.destination.reset();
    const { drift, deep } = await verifyDeep(0);
    expect(drift).toEqual([]);
    const seen = world.destination.seen();
    const manifests = seen.filter(({ method, kind }) => method === 'GET' && kind === 'manifest');
    const blobs = seen.filter(({ kind }) => kind === 'blob');
    const asked = [...manifests, ...blobs].map(
      ({ method, repository, reference }) => `${method} ${repository} ${reference}`,
    );
    expect(deep).toMatchObject({ manifests: manifests.length, blobs: blobs.length, unread: 0 });
    expect(new Set(asked).size).toBe(asked.length);
    expect(seen.every(({ method }) => method === 'HEAD' || method === 'GET')).toBe(true);
  });

  it('before an apply that has nothing to mend costs no pull and no write', async () => {
    world.source.reset();
    world.destination.reset();
    const { counts } = await expectJson(world, ['apply', '--deep']);
    expect(counts).toMatchObject({ copied: 0, mended: 0, tagged: 0, unchanged: 11, failed: 0 });
    expect(world.source.counts().requests).toBe(0);
    expect(world.destination.seen().every(({ method }) => method === 'HEAD' || method === 'GET')).toBe(true);
  });

  it('keeps to the pull limit of a destination, and says what it did not read', async () => {
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '3;w=21600' };
    world.destination.reset();
    world.destination.respond(({ kind }) => (kind === 'manifest' ? { passes: true, addHeaders: headers } : undefined));
    const { code, stdout, stderr } = await mirrorlock(world, ['verify', '--deep', '--json']);
    world.destination.respond(undefined);
    expect(code, stderr).toBe(4);
    const { destinations } = JSON.parse(stdout) as { destinations: DeepDestination[] };
    const gets = world.destination.counts().manifestGet;
    expect(gets).toBeLessThanOrEqual(3);
    expect(destinations[0]).toMatchObject({ drift: [], deep: { countedPulls: gets, manifests: gets } });
    expect(stderr).toMatch(/warning verify\/budget: \d+ manifests at main were not read/);
  });

  it('is not what a dry run does, which is said', async () => {
    const { code, stderr } = await mirrorlock(world, ['apply', '--deep', '--dry-run']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/apply\/deep-dry-run.*\n.*\n.*verify --deep/);
  });
});
