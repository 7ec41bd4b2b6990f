import { beforeAll, describe, expect, it } from 'vitest';
import { startCli } from '../support/cli.ts';
import type { AnswerHook } from '../support/counting-proxy.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import type { SeenRequest } from '../support/traffic.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { setWorld, type World } from '../support/world.ts';

const isLook = ({ kind, method }: SeenRequest) => kind === 'manifest' && method === 'HEAD';

describe('promise 2: a tag is put only once its digest is wholly there', () => {
  const denied = { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' };
  const faults: Record<string, { side: 'source' | 'destination'; hook: AnswerHook; says?: RegExp; waits?: true }> = {
    'the destination refuses blobs': {
      side: 'destination',
      hook: ({ kind, method }) => (kind === 'upload' && method === 'POST' ? denied : undefined),
      says: /registry\/denied/,
    },
    'the destination is full': {
      side: 'destination',
      hook: ({ kind, method }) =>
        kind === 'upload' && method === 'PUT' ? { status: 507, body: 'no space left on device' } : undefined,
      says: /registry\/no-space/,
    },
    'the destination refuses indexes': {
      side: 'destination',
      hook: ({ kind, method, byDigest }) =>
        kind === 'manifest' && method === 'PUT' && !byDigest
          ? { status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID","message":"no indexes here"}]}' }
          : undefined,
      says: /registry\/refused.*no indexes here/s,
    },
    'the destination refuses manifests': {
      side: 'destination',
      hook: ({ kind, method, byDigest }) =>
        kind === 'manifest' && method === 'PUT' && byDigest
          ? { status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID","message":"not this"}]}' }
          : undefined,
      says: /error registry\/refused: .*alpine.*not this/s,
    },
    'the source limits pulls': {
      side: 'source',
      hook: ({ kind, method }) =>
        kind === 'manifest' && method === 'GET'
          ? {
              status: 429,
              headers: { 'retry-after': '3600' },
              body: 'toomanyrequests: You have reached your pull rate limit',
            }
          : undefined,
      waits: true,
    },
    'the source sends a body cut in half': {
      side: 'source',
      hook: ({ kind, method }) =>
        kind === 'manifest' && method === 'GET'
          ? {
              status: 200,
              body: '{"schemaVersion"',
              hangUp: true,
              headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
            }
          : undefined,
      says: /error registry\//,
    },
    'the source sends other bytes': {
      side: 'source',
      hook: ({ kind, method }) =>
        kind === 'manifest' && method === 'GET'
          ? {
              status: 200,
              body: '{"schemaVersion":2,"manifests":[]}',
              headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
            }
          : undefined,
      says: /registry\/digest-mismatch/,
    },
    'the source answers with a web page': {
      side: 'source',
      hook: ({ kind, method }) =>
        kind === 'manifest' && method === 'GET'
          ? { status: 200, body: '<html>hello</html>', headers: { 'content-type': 'text/html' } }
          : undefined,
      says: /registry\/not-a-registry/,
    },
    'the source has lost the blobs': {
      side: 'source',
      hook: ({ kind, method }) =>
        kind === 'blob' && method === 'GET' ? { status: 404, body: '{"errors":[{"code":"BLOB_UNKNOWN"}]}' } : undefined,
      says: /apply\/blob-not-found/,
    },
  };

  it.each(Object.entries(faults))('%s', async (_, { side, hook, says, waits }) => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
    world[side].respond(hook);
    const failed = await mirrorlock(world, ['apply', '--json']);
    world[side].respond(undefined);
    expect(failed.code, failed.stderr).toBe(waits ? 4 : 1);
    const { counts } = JSON.parse(failed.stdout);
    if (says !== undefined) expect(failed.stderr).toMatch(says);
    expect(waits ? counts.waiting : counts.failed).toBeGreaterThan(0);
    await expectWholeTags(world);
    expect((await expectJson(world, ['apply'])).counts['failed']).toBe(0);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  });

  it('an image at which the destination does not let us look does not stop the others', async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
    world.destination.respond(({ repository, method }) =>
      repository.endsWith('/busybox') && method === 'HEAD' ? denied : undefined,
    );
    const { code, stdout, stderr } = await mirrorlock(world, ['apply', '--json']);
    world.destination.respond(undefined);
    expect(code).toBe(1);
    expect(stdout, stderr).not.toBe('');
    const { failures } = JSON.parse(stdout).destinations[0];
    expect(failures.map((failure: { image: string }) => failure.image)).toContain('busybox');
    const tags = [...(await destinationTags(world)).keys()];
    expect(tags.some((tag) => tag.startsWith('alpine:'))).toBe(true);
    expect(tags.some((tag) => tag.startsWith('busybox:'))).toBe(false);
  });

  it('one failing image does not stop the others', async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
    world.source.respond(({ repository, method }) =>
      repository?.endsWith('/busybox') && method === 'GET' ? denied : undefined,
    );
    const { code } = await mirrorlock(world, ['apply']);
    expect(code).toBe(1);
    const tags = [...(await destinationTags(world)).keys()];
    expect(tags.some((tag) => tag.startsWith('alpine:'))).toBe(true);
    expect(tags.some((tag) => tag.startsWith('busybox:'))).toBe(false);
    await expectWholeTags(world);
  });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a run that ends early', () => {
  let world: World;
  beforeAll(async () => {
    world = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(world, ['lock']);
  });

  it.each(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    '%s leaves nothing wrong, and is resumed by running again',
    async (signal) => {
      world.destination.reset();
      const random = seededRandom();
      const running = startCli(['apply', '--jobs', '2', '-C', world.mirror]);
      // Before its first request it has not begun, and Node itself answers a signal.
      while (!world.destination.seen().some(isLook)) await pause(10);
      await pause(random.whole(0, 2000));
      running.kill(signal);
      const { code } = await running.result;
      if (signal !== 'SIGKILL' && code !== 0) expect(code).toBe(130);
      await expectWholeTags(world);
    },
  );

  it('ends with what the lockfile says', async () => {
    expect((await expectJson(world, ['apply'])).counts['failed']).toBe(0);
    expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
    expect((await mirrorlock(world, ['verify', '--extra'])).code).toBe(0);
  });

  it('two runs at once do the same as one', async () => {
    const two = await setWorld({ images: everything, library: tinyLibrary });
    await expectJson(two, ['lock']);
    const results = await Promise.all([mirrorlock(two, ['apply']), mirrorlock(two, ['apply'])]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(await destinationTags(two)).toEqual(lockedTags(readLock(two)));
  });
});
