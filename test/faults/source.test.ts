import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type AnswerHook, type HookAnswer, startCountingProxy } from '../support/counting-proxy.ts';
import { mirrorTo } from '../support/faults/other-mirror.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import type { RegistryRequest } from '../support/registry-request.ts';
import { everything } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { countedRegistry, setWorld, type World } from '../support/world.ts';

// What is tried again waits 15 s in all.
vi.setConfig({ testTimeout: 240_000 });

const library = {
  tiny: `Maintainers: Nobody in Particular (@nobody)
GitRepo: https://example.invalid/tiny.git

Tags: 1.0, latest
Architectures: amd64
GitCommit: ${'5'.repeat(40)}
`,
};
const noStack = /^\s+at .+:\d+:\d+\)?$/m;
const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';

let locked: World;
beforeAll(async () => {
  locked = await setWorld({ images: everything, library });
  await expectJson(locked, ['lock']);
});

/** The locked mirror with a front of its own before the source, and an empty destination. */
async function worldOf(hook: AnswerHook): Promise<World> {
  const source = await startCountingProxy(locked.source.host, hook);
  const world = mirrorTo(locked, await countedRegistry());
  const file = join(world.mirror, 'mirrors.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(locked.source.host, source.host));
  return { ...world, source: { ...source, storage: locked.source.storage } };
}

/** What the source has, with its body changed. */
async function changed({ url }: RegistryRequest, change: (body: Buffer) => Buffer, more = {}): Promise<HookAnswer> {
  const answer = await fetch(`http://${locked.source.host}${url}`, { headers: { accept } });
  const headers = { 'content-type': answer.headers.get('content-type') ?? '' };
  return { status: 200, headers, body: change(Buffer.from(await answer.arrayBuffer())), ...more };
}

const ways: Record<string, (request: RegistryRequest) => Promise<HookAnswer>> = {
  'other bytes': (request) => changed(request, (body) => Buffer.concat([Buffer.from('x'), body.subarray(1)])),
  'fewer bytes': (request) => changed(request, (body) => body.subarray(0, -1)),
  'no bytes': (request) => changed(request, () => Buffer.alloc(0)),
  'more bytes': (request) => changed(request, (body) => Buffer.concat([body, Buffer.from('x')])),
  'half of it, and stops': (request) => changed(request, (body) => body.subarray(0, body.length / 2), { hangUp: true }),
};
const cases = ['blob', 'manifest'].flatMap((kind) => Object.keys(ways).map((way) => [kind, way] as const));

/** Changes GETs of a kind: so many at first, of all that are made. */
function sending(kind: string, way: string, times: number): AnswerHook {
  return (request) => {
    if (request.kind !== kind || request.method !== 'GET' || times-- <= 0) return undefined;
    return ways[way]?.(request);
  };
}

async function expectAllThere(world: World): Promise<void> {
  expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  await expectWholeTags(world);
}

describe('a source that sends', () => {
  it.concurrent.each(cases)('of a %s %s, once: all is right after this run or the next', async (kind, way) => {
    const world = await worldOf(sending(kind, way, 1));
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(stderr).not.toMatch(noStack);
    // Wrong bytes of a blob are asked for again, those of a manifest are an answer: another pull would be spent.
    if (kind === 'blob' || way.includes('stops')) expect(code, stderr).toBe(0);
    if (code !== 0) {
      await expectWholeTags(world);
      await expectJson(world, ['apply']);
    }
    await expectAllThere(world);
  });

  it.concurrent.each(cases)('of each %s %s, for ever: the run ends, says so, and puts no tag', async (kind, way) => {
    const world = await worldOf(sending(kind, way, Number.POSITIVE_INFINITY));
    const { code, stderr } = await mirrorlock(world, ['apply']);
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(kind === 'blob' ? /error apply\/blob-[a-z-]+: tiny@/ : /error registry\/[a-z-]+: tiny@/);
    expect(stderr).not.toMatch(noStack);
    expect(await destinationTags(world)).toEqual(new Map());
    // No byte that is wrong was taken for a blob.
    const taken = world.destination
      .seen()
      .filter(({ kind, method, status }) => kind === 'upload' && method === 'PUT' && status === 201);
    if (kind === 'blob') expect(taken).toEqual([]);
    // A pull that fails counts all the same.
    expect(world.source.counts().manifestGet).toBeLessThanOrEqual(3 * 5);
  });
});
