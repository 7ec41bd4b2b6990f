import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type AnswerHook, type Caller, startCountingProxy } from '../support/counting-proxy.ts';
import { mirrorTo, otherMirror } from '../support/faults/other-mirror.ts';
import { tokenFront } from '../support/faults/tokens.ts';
import { buildImages } from '../support/images/build.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { destinationTags, expectJson, lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import type { RegistryRequest } from '../support/registry-request.ts';
import { memoryDirectory } from '../support/temporary-directory.ts';
import { everything } from '../support/tiny-library.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { announced, countedRegistry, setWorld, type World } from '../support/world.ts';

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
/** Large enough that it does not arrive in one part. */
const topBytes = 1024 * 1024;
const noStack = /^\s+at .+:\d+:\d+\)?$/m;

let locked: World;
beforeAll(async () => {
  locked = await setWorld({ images: everything, library });
  writeRegistryStorage(locked.source.storage, buildImages(announced(locked.upstream), { topBytes }));
  await expectJson(locked, ['lock']);
});

/** The locked mirror with an empty destination. */
async function emptyDestination(): Promise<World> {
  return mirrorTo(locked, await countedRegistry());
}

async function expectAllThere(world: World): Promise<void> {
  expect(await destinationTags(world)).toEqual(lockedTags(readLock(world)));
  await expectWholeTags(world);
}

/** Expects a run to fail with an error that matches, and nothing to be tagged; what is left is put right by another run. */
async function expectFailureThenWhole(world: World, says: RegExp): Promise<void> {
  const { code, stderr } = await mirrorlock(world, ['apply']);
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(noStack);
  world.destination.respond(undefined);
  expect(await destinationTags(world)).toEqual(new Map());
  await expectJson(world, ['apply']);
  await expectAllThere(world);
}

type Test = (request: RegistryRequest) => boolean;
const isUpload =
  (method: string): Test =>
  (request) =>
    request.kind === 'upload' && request.method === method;
const isManifestPut: Test = ({ kind, method, byDigest }) => kind === 'manifest' && method === 'PUT' && byDigest;
const isTagPut: Test = ({ kind, method, byDigest }) => kind === 'manifest' && method === 'PUT' && !byDigest;

/** Takes no blob whole. */
const refusesWhole = ({ method, kind }: RegistryRequest, { headers }: Caller) =>
  kind === 'upload' && method === 'PUT' && headers['content-length'] !== '0' ? { status: 405 } : undefined;

describe('a destination that is killed', () => {
  const moments: Record<string, { is: Test; inParts?: true; inBody?: true }> = {
    'when an upload is begun': { is: isUpload('POST') },
    'in the middle of a blob': { is: isUpload('PUT'), inBody: true },
    'in the middle of a part of a blob': { is: isUpload('PATCH'), inParts: true, inBody: true },
    'when the parts of a blob are to be put together': { is: isUpload('PUT'), inParts: true },
    'before a manifest': { is: isManifestPut },
    'before a tag': { is: isTagPut },
  };

  /** A registry that may be killed at its first request of a kind; `restart` starts it on the same storage. */
  async function killable(moment: (typeof moments)[string], onKilled: (restart: () => Promise<void>) => void) {
    const storage = join(memoryDirectory().path, 'storage');
    let registry: TestRegistry = await startRegistry({ storage });
    const proxy = await startCountingProxy(() => registry.host);
    const restart = async () => {
      registry = await startRegistry({ storage });
    };
    let killed: Promise<void> | undefined;
    const kill = () => {
      killed ??= registry.kill().then(() => onKilled(restart));
      return killed;
    };
    const half = topBytes / 2;
    proxy.respond(async (request, caller) => {
      const refused = moment.inParts ? refusesWhole(request, caller) : undefined;
      if (refused !== undefined) return refused;
      if (killed !== undefined || !moment.is(request)) return undefined;
      if (!moment.inBody) await kill();
      else if (Number(caller.headers['content-length']) > half)
        return { passes: true, onReceived: (bytes) => bytes > half && void kill() };
      return undefined;
    });
    return { world: mirrorTo(locked, { ...proxy, storage }), restart, wasKilled: () => killed };
  }

  it.concurrent.each(Object.entries(moments))('%s, and is back soon: the run goes on', async (_, moment) => {
    let back: Promise<void> | undefined;
    const { world, wasKilled } = await killable(moment, (restart) => {
      back = restart();
    });
    const { code, stderr } = await mirrorlock(world, ['apply']);
    await wasKilled();
    await back;
    expect(back).toBeDefined();
    expect(code, stderr).toBe(0);
    await expectAllThere(world);
  });

  it.concurrent.each(Object.entries(moments))(
    '%s, and stays down: the run says so, and the next one makes it whole',
    async (_, moment) => {
      const { world, restart, wasKilled } = await killable(moment, () => {});
      const { code, stderr } = await mirrorlock(world, ['apply']);
      await wasKilled();
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(/error registry\/(server|network)/);
      expect(stderr).not.toMatch(noStack);
      await restart();
      world.destination.respond(undefined);
      await expectWholeTags(world);
      await expectJson(world, ['apply']);
      await expectAllThere(world);
    },
  );
});

describe('a destination that says 201 and keeps nothing', () => {
  const taken = { status: 201, headers: { location: '/v2/somewhere' } };

  it.concurrent('of one blob: it is put again in the same run', async () => {
    const world = await emptyDestination();
    let lost = 0;
    world.destination.respond((request) => (isUpload('PUT')(request) && ++lost === 1 ? taken : undefined));
    await expectJson(world, ['apply']);
    await expectAllThere(world);
  });

  it.concurrent('of any blob: the run says what is missing, and puts no tag', async () => {
    const world = await emptyDestination();
    world.destination.respond((request) => (isUpload('PUT')(request) ? taken : undefined));
    await expectFailureThenWhole(world, /MANIFEST_BLOB_UNKNOWN|blob unknown/);
  });

  it.concurrent('of any manifest: the run says so, and puts no tag', async () => {
    const world = await emptyDestination();
    world.destination.respond((request) => (isManifestPut(request) ? taken : undefined));
    await expectFailureThenWhole(world, /error (apply|registry)\/[a-z-]+: tiny@/);
  });
});

describe('a destination that closes connections', () => {
  const breaks: Record<string, { is: Test; inParts?: true }> = {
    POST: { is: isUpload('POST') },
    PUT: { is: isUpload('PUT') },
    PATCH: { is: isUpload('PATCH'), inParts: true },
    'a manifest': { is: isManifestPut },
  };
  const ways = {
    'after the headers of its answer': { status: 201, hangUp: true },
    'in place of an answer': { status: 0, reset: true },
  };
  const cases = Object.entries(ways).flatMap(([way, answer]) =>
    Object.entries(breaks).map(([what, { is, inParts }]) => [way, what, { answer, is, inParts }] as const),
  );
  const hookOf =
    ({ answer, is, inParts }: (typeof cases)[number][2], times: number): AnswerHook =>
    (request, caller) => {
      const refused = inParts ? refusesWhole(request, caller) : undefined;
      if (refused !== undefined || !is(request) || times-- <= 0) return refused;
      return answer;
    };

  it.concurrent.each(cases)('%s to %s, once: it is asked again', async (_way, _what, one) => {
    const world = await emptyDestination();
    world.destination.respond(hookOf(one, 1));
    await expectJson(world, ['apply']);
    await expectAllThere(world);
  });

  it.concurrent.each(cases)('%s to %s, for ever: the run ends and says so', async (_way, _what, one) => {
    const world = await emptyDestination();
    world.destination.respond(hookOf(one, Number.POSITIVE_INFINITY));
    await expectFailureThenWhole(world, /error registry\/network: .*(there is no connection|broke)/s);
  });
});

describe('a destination whose uploads go to another host', () => {
  it.concurrent.each(['whole', 'in parts'])('gets the bytes %s there, and its login nowhere else', async (how) => {
    const registry = await startRegistry();
    const [front, store] = [await startCountingProxy(registry.host), await startCountingProxy(registry.host)];
    const [user, password] = ['robot', randomUUID()];
    const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const atStore: (string | undefined)[] = [];
    store.respond((request, caller) => {
      atStore.push(caller.headers.authorization);
      return how === 'in parts' ? refusesWhole(request, caller) : undefined;
    });
    front.respond(async (request, { headers }) => {
      if (headers.authorization !== basic) return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
      if (!isUpload('POST')(request)) return undefined;
      const begun = await fetch(`http://${registry.host}${request.url}`, { method: 'POST' });
      const location = new URL(begun.headers.get('location') ?? '', `http://${registry.host}`);
      return { status: 202, headers: { location: `http://${store.host}${location.pathname}${location.search}` } };
    });
    const world = otherMirror(locked, [{ host: front.host }]);
    const authFile = join(world.home, 'auth.json');
    const auth = Buffer.from(`${user}:${password}`).toString('base64');
    writeFileSync(authFile, JSON.stringify({ auths: { [front.host]: { auth } } }));
    const { code, stderr, stdout } = await mirrorlock(world, ['apply'], { REGISTRY_AUTH_FILE: authFile });
    expect(code, stderr).toBe(0);
    const counts = store.counts();
    expect(counts.uploadPut).toBeGreaterThanOrEqual(5);
    expect(counts.uploadPatch > 0).toBe(how === 'in parts');
    expect(front.counts().blobBytesReceived).toBe(0);
    expect(new Set(atStore)).toEqual(new Set([undefined]));
    expect(stdout + stderr).not.toContain(password);
    await expectAllThere({ ...world, destination: { ...store, storage: registry.storage } });
  });
});

describe('a destination whose tokens end', () => {
  const moments: Record<string, { is: Test; inParts?: true }> = {
    'before POST': { is: isUpload('POST') },
    'before PUT of a blob': { is: isUpload('PUT') },
    'before PATCH': { is: isUpload('PATCH'), inParts: true },
    'before PUT of a manifest': { is: isManifestPut },
    'before PUT of a tag': { is: isTagPut },
  };

  it.concurrent.each(Object.entries(moments))('%s: another is asked for, and the run goes on', async (_, moment) => {
    const world = await emptyDestination();
    const tokens = tokenFront(
      () => world.destination.host,
      () => undefined,
    );
    let ended = false;
    world.destination.respond((request, caller) => {
      if (moment.is(request) && !ended) {
        ended = true;
        tokens.expire();
      }
      const asked = tokens.hook(request, caller);
      return asked ?? (moment.inParts ? refusesWhole(request, caller) : undefined);
    });
    await expectJson(world, ['apply']);
    expect(ended).toBe(true);
    world.destination.respond(undefined);
    await expectAllThere(world);
  });
});

describe('a destination that speaks', () => {
  it.concurrent('TLS where `insecure: true` says plain HTTP: the error says so', async () => {
    const { host } = await startRegistry({ tls: true });
    const { code, stderr } = await mirrorlock(otherMirror(locked, [{ host }]), ['apply']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error registry\/.*(HTTP request to an HTTPS server|TLS is spoken here)/s);
    expect(stderr).not.toMatch(noStack);
  });

  it.concurrent('plain HTTP where TLS is expected: the error names `insecure: true`', async () => {
    const { host } = await startRegistry();
    const { code, stderr } = await mirrorlock(otherMirror(locked, [{ host, insecure: false }]), ['apply']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error registry\/tls.*insecure: true/s);
    expect(stderr).not.toMatch(noStack);
  });
});
