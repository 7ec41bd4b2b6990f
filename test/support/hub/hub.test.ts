import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildImage } from '../images/build.ts';
import { writeRegistryStorage } from '../images/storage.ts';
import { startRegistry } from '../registry.ts';
import { skopeo } from '../skopeo.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type Hub, startHub } from './hub.ts';
import type { HubOptions } from './options.ts';

const image = buildImage({
  repository: 'library/a',
  groups: [{ tags: ['1'], platforms: ['linux/amd64', 'linux/arm64/v8'] }],
});
const manifests = '/v2/library/a/manifests';
const account = { user: 'ann', password: 'a word', pulls: 3 };

async function filledHub(options: HubOptions = {}): Promise<Hub> {
  const registry = await startRegistry();
  writeRegistryStorage(registry.storage, [image]);
  return startHub(registry.host, options);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function tokenFor(hub: Hub, authorization?: string, repository = 'library/a'): Promise<string> {
  const url = `http://${hub.host}/token?service=registry.docker.io&scope=repository:${repository}:pull`;
  const answer = await fetch(url, authorization === undefined ? {} : { headers: { authorization } });
  const { token } = (await answer.json()) as { token: string };
  return `Bearer ${token}`;
}

async function ask(hub: Hub, method: string, path: string, authorization?: string) {
  const headers = {
    accept: 'application/vnd.oci.image.index.v1+json',
    ...(authorization === undefined ? {} : { authorization }),
  };
  const answer = await fetch(`http://${hub.host}${path}`, { method, headers, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const limitsOf = ({ headers }: { headers: Headers }) => [
  headers.get('ratelimit-limit'),
  headers.get('ratelimit-remaining'),
  headers.get('docker-ratelimit-source'),
];

describe('tokens', () => {
  test('whoever has none is told where to get one, and one for another repository is not enough', async () => {
    const hub = await filledHub();
    const { status, headers } = await ask(hub, 'GET', `${manifests}/1`);
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="http://${hub.host}/token",service="registry.docker.io",scope="repository:library/a:pull"`,
    ]);
    expect((await ask(hub, 'GET', `${manifests}/1`, await tokenFor(hub, undefined, 'library/b'))).status).toBe(401);
    expect((await ask(hub, 'GET', `${manifests}/1`, await tokenFor(hub))).status).toBe(200);
    expect(hub.pulls()).toEqual({ '127.0.0.1': 1 });
  });

  test('a token ends after its time, or when a test says so', async () => {
    let now = 0;
    const hub = await filledHub({ tokenSeconds: 60, now: () => now });
    const token = await tokenFor(hub);
    now = 59_999;
    expect((await ask(hub, 'HEAD', `${manifests}/1`, token)).status).toBe(200);
    now = 60_000;
    expect((await ask(hub, 'HEAD', `${manifests}/1`, token)).status).toBe(401);
    const next = await tokenFor(hub);
    hub.expireTokens();
    expect((await ask(hub, 'HEAD', `${manifests}/1`, next)).status).toBe(401);
  });

  test('a wrong password gets no token', async () => {
    const hub = await filledHub({ accounts: [account] });
    const answer = await fetch(`http://${hub.host}/token`, { headers: { authorization: basic('ann', 'no') } });
    expect(answer.status).toBe(401);
  });
});

describe('the pull limit', () => {
  test('counts GETs of manifests and nothing else, and tells what is left', async () => {
    const hub = await filledHub({ anonymous: { pulls: 2 } });
    const token = await tokenFor(hub);
    expect(limitsOf(await ask(hub, 'HEAD', `${manifests}/1`, token))).toEqual(['2;w=21600', '2;w=21600', '127.0.0.1']);
    expect(limitsOf(await ask(hub, 'GET', `${manifests}/1`, token))[1]).toBe('1;w=21600');
    const [blob = ''] = image.blobs.keys();
    expect((await ask(hub, 'GET', `/v2/library/a/blobs/${blob}`, token)).status).toBe(200);
    expect((await ask(hub, 'GET', `${manifests}/absent`, token)).status).toBe(404);
    const refused = await ask(hub, 'GET', `${manifests}/1`, token);
    expect([refused.status, ...limitsOf(refused)]).toEqual([429, '2;w=21600', '0;w=21600', '127.0.0.1']);
    expect(JSON.parse(refused.text)).toMatchObject({
      errors: [{ code: 'TOOMANYREQUESTS', message: expect.stringContaining('pull rate limit') }],
    });
    expect((await ask(hub, 'HEAD', `${manifests}/1`, token)).status).toBe(200);
    expect(hub.refusals()).toEqual({ pullLimit: 1, abuse: 0 });
  });

  test('an account has its own, and one without a limit gets no headers', async () => {
    const hub = await filledHub({ accounts: [account, { user: 'paid', password: 'x' }] });
    const get = async (authorization: string) =>
      limitsOf(await ask(hub, 'GET', `${manifests}/1`, await tokenFor(hub, authorization)));
    expect(await get(basic('ann', 'a word'))).toEqual(['3;w=21600', '2;w=21600', 'ann']);
    expect(await get(basic('paid', 'x'))).toEqual([null, null, 'paid']);
    expect(hub.pulls()).toEqual({ ann: 1, paid: 1 });
  });

  test.each([
    ['fixed', [200, 200, 429, 200, 200, 429]],
    ['sliding', [200, 200, 429, 200, 429, 200]],
  ] as const)('of a %s window comes back when the window says so', async (window, expected) => {
    let now = 0;
    const hub = await filledHub({ anonymous: { pulls: 2 }, windowSeconds: 10, window, now: () => now });
    const token = await tokenFor(hub);
    const seen: number[] = [];
    for (const time of [0, 5_000, 9_000, 11_000, 12_000, 16_000]) {
      now = time;
      seen.push((await ask(hub, 'GET', `${manifests}/1`, token)).status);
    }
    expect(seen).toEqual(expected);
  });

  test('says when to come back only where it is told to', async () => {
    for (const [retryAfter, expected] of [
      [true, '30'],
      [false, null],
    ] as const) {
      const hub = await filledHub({ anonymous: { pulls: 1 }, retryAfter, windowSeconds: 30, now: () => 0 });
      const token = await tokenFor(hub);
      await ask(hub, 'GET', `${manifests}/1`, token);
      const refused = await ask(hub, 'GET', `${manifests}/1`, token);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expected]);
    }
  });
});

test('the abuse limit answers 429 without the headers of the pull limit', async () => {
  let now = 0;
  const hub = await filledHub({ abuseLimit: 3, now: () => now });
  const token = await tokenFor(hub);
  await ask(hub, 'HEAD', `${manifests}/1`, token);
  await ask(hub, 'HEAD', `${manifests}/1`, token);
  const refused = await ask(hub, 'HEAD', `${manifests}/1`, token);
  expect([refused.status, ...limitsOf(refused)]).toEqual([429, null, null, null]);
  expect(hub.refusals()).toEqual({ pullLimit: 0, abuse: 1 });
  now = 60_000;
  const later = await ask(hub, 'HEAD', `${manifests}/1`, token);
  expect(later.status).toBe(200);
});

describe('blobs', () => {
  test('are redirected to an address that is good for one blob, and refuses a token', async () => {
    const hub = await filledHub({ redirectsBlobs: true });
    const token = await tokenFor(hub);
    const [[blob, bytes] = ['', Buffer.alloc(0)], [other] = ['']] = image.blobs;
    const { status, headers } = await ask(hub, 'GET', `/v2/library/a/blobs/${blob}`, token);
    const location = headers.get('location') ?? '';
    expect([status, new URL(location).host]).toEqual([307, hub.cdn?.host]);
    expect(Buffer.from(await (await fetch(location)).arrayBuffer())).toEqual(bytes);
    expect((await fetch(location, { headers: { authorization: token } })).status).toBe(400);
    expect((await fetch(location.replace(blob, other))).status).toBe(403);
    const absent = `/v2/library/a/blobs/sha256:${'0'.repeat(64)}`;
    expect((await ask(hub, 'GET', absent, token)).status).toBe(404);
  });

  test.each([false, true])('skopeo copies from it, with an account (redirected: %s)', async (redirectsBlobs) => {
    const hub = await filledHub({ accounts: [{ ...account, pulls: 100 }], redirectsBlobs });
    const destination = await startRegistry();
    const home = temporaryDirectory().path;
    mkdirSync(home, { recursive: true });
    const authFile = join(home, 'auth.json');
    const auth = Buffer.from('ann:a word').toString('base64');
    writeFileSync(authFile, JSON.stringify({ auths: { [hub.host]: { auth } } }));
    const flags = ['--quiet', '--all', '--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false'];
    const [from, to] = [`docker://${hub.host}/library/a:1`, `docker://${destination.host}/library/a:1`];
    await skopeo('copy', ...flags, '--src-authfile', authFile, from, to);
    expect(hub.pulls()).toEqual({ ann: 5 });
    expect(hub.cdn?.counts().distinctBlobsGot).toBe(redirectsBlobs ? image.blobs.size : undefined);
  });
});
