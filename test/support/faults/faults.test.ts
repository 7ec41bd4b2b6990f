import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import { type CountingProxy, startCountingProxy } from '../counting-proxy.ts';
import { startHub } from '../hub/hub.ts';
import { buildImage } from '../images/build.ts';
import { writeRegistryStorage } from '../images/storage.ts';
import { startRegistry } from '../registry.ts';
import { readRegistryRequest } from '../registry-request.ts';
import { faultInjector } from './injector.ts';
import {
  destinationFaults,
  type FaultKind,
  type FaultSchedule,
  faultKinds,
  faultSchedule,
  writeStatuses,
} from './schedule.ts';

const image = buildImage({ repository: 'library/a', groups: [{ tags: ['1'], platforms: ['linux/amd64'] }] });
const [blob = '', bytes = Buffer.alloc(0)] = [...image.blobs][0] ?? [];
const blobPath = `/v2/library/a/blobs/${blob}`;

const always =
  (kind: FaultKind): FaultSchedule =>
  () => ({ kind, at: 0.3 });

async function faulty(kind: FaultKind): Promise<CountingProxy> {
  const registry = await startRegistry();
  writeRegistryStorage(registry.storage, [image]);
  const proxy = await startCountingProxy(registry.host);
  proxy.respond(faultInjector(always(kind), { hangMs: 20 }).hook);
  return proxy;
}

async function ask(host: string, method: string, path: string, body?: string) {
  const answer = await fetch(`http://${host}${path}`, { method, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
}

describe('a schedule', () => {
  const options = { seed: '1', rate: 0.3, kinds: faultKinds };
  const requests = Array.from({ length: 400 }, (_, index) => readRegistryRequest('GET', `/v2/a/manifests/${index}`));
  const faults = (schedule: FaultSchedule, list = requests) => list.map((request) => schedule(request, 0));

  test('follows from its seed, in any order of the requests', () => {
    const schedule = faultSchedule(options);
    expect(faults(schedule, [...requests].reverse()).reverse()).toEqual(faults(faultSchedule(options)));
    expect(faults(schedule)).not.toEqual(faults(faultSchedule({ ...options, seed: '2' })));
  });

  test('lets about its share of the requests fail, and a request that failed may come through later', () => {
    const schedule = faultSchedule(options);
    const met = faults(schedule).filter((fault) => fault !== undefined);
    expect(met.length / requests.length).toBeGreaterThan(0.2);
    expect(met.length / requests.length).toBeLessThan(0.4);
    for (const request of requests) {
      expect(Array.from({ length: 30 }, (_, time) => schedule(request, time))).toContain(undefined);
    }
  });

  test('has every kind where it fits, and uploads are the same whatever the registry calls them', () => {
    const schedule = faultSchedule({ seed: 'x', rate: 1, kinds: destinationFaults });
    const [one, other] = ['b1', 'c2'].map((id) => readRegistryRequest('PUT', `/v2/a/blobs/uploads/${id}?digest=d`));
    if (!one || !other) throw new Error('no request');
    const times = Array.from({ length: 300 }, (_, time) => time);
    expect(times.map((time) => schedule(one, time))).toEqual(times.map((time) => schedule(other, time)));
    expect(new Set(times.map((time) => schedule(one, time)?.kind))).toEqual(
      new Set([
        ...['reset', 'lost-answer', 'status-500', 'status-502', 'status-503', 'hang', 'disk-full'],
        ...['keeps-nothing', 'head-only', 'reset-in-body'],
        ...writeStatuses.map((status) => `write-${status}`),
      ]),
    );
  });

  test('refuses no read with what a write is refused with', () => {
    const schedule = faultSchedule({ seed: 'x', rate: 1, kinds: destinationFaults });
    const kinds = requests.map((request) => schedule(request, 0)?.kind ?? '');
    expect(kinds.filter((kind) => /^write-|keeps|head-only|in-body/.test(kind))).toEqual([]);
  });
});

describe('a fault', () => {
  test.each(['reset', 'half-body', 'hang', 'lost-answer'] as const)('%s breaks the connection', async (kind) => {
    const proxy = await faulty(kind);
    await expect(ask(proxy.host, 'GET', blobPath)).rejects.toThrow();
  });

  test.each([
    ['status-500', 500],
    ['status-502', 502],
    ['status-503', 503],
    ['html', 200],
  ] as const)('%s is answered in place of the registry', async (kind, status) => {
    const answer = await ask((await faulty(kind)).host, 'GET', blobPath);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toEqual(bytes);
  });

  test('wrong-byte changes one byte, and slow none', async () => {
    const wrong = (await ask((await faulty('wrong-byte')).host, 'GET', blobPath)).body;
    expect(wrong.length).toBe(bytes.length);
    expect(wrong.filter((byte, index) => byte !== bytes[index])).toHaveLength(1);
    expect((await ask((await faulty('slow')).host, 'GET', blobPath)).body).toEqual(bytes);
  });

  test('mount-refused begins an upload', async () => {
    const proxy = await faulty('mount-refused');
    const answer = await ask(proxy.host, 'POST', `/v2/library/b/blobs/uploads/?mount=${blob}&from=library/a`);
    expect([answer.status, answer.headers.get('location')]).toEqual([202, expect.stringContaining('/uploads/')]);
  });

  test('disk-full and manifest-refused answer writes', async () => {
    const full = await ask((await faulty('disk-full')).host, 'POST', '/v2/library/b/blobs/uploads/');
    expect(full.status).toBe(507);
    const refused = await ask((await faulty('manifest-refused')).host, 'PUT', '/v2/library/b/manifests/1', '{}');
    expect([refused.status, refused.body.toString()]).toEqual([400, expect.stringContaining('MANIFEST_INVALID')]);
  });

  test.each(writeStatuses)('write-%i refuses a write', async (status) => {
    const proxy = await faulty(`write-${status}`);
    expect((await ask(proxy.host, 'POST', '/v2/library/b/blobs/uploads/')).status).toBe(status);
  });

  test('keeps-nothing answers as if a manifest were kept, and head-only begins to', async () => {
    const path = `/v2/library/b/manifests/sha256:${'0'.repeat(64)}`;
    const proxy = await faulty('keeps-nothing');
    expect((await ask(proxy.host, 'PUT', path, '{}')).status).toBe(201);
    expect(proxy.counts().manifestPut).toBe(1);
    await expect(ask((await faulty('head-only')).host, 'PUT', path, '{}')).rejects.toThrow();
  });

  test('reset-in-body lets a part of what is sent through to the registry', async () => {
    const proxy = await faulty('reset-in-body');
    const body = 'x'.repeat(100_000);
    await expect(ask(proxy.host, 'PUT', '/v2/library/b/manifests/1', body)).rejects.toThrow();
    proxy.respond(undefined);
    expect((await ask(proxy.host, 'GET', '/v2/library/b/manifests/1')).status).toBe(404);
  });

  test('lost-answer leaves what was asked done', async () => {
    const proxy = await faulty('lost-answer');
    await expect(ask(proxy.host, 'POST', '/v2/library/b/blobs/uploads/')).rejects.toThrow();
    proxy.respond(undefined);
    expect((await ask(proxy.host, 'GET', blobPath)).body).toEqual(bytes);
  });

  test('token-expired ends the tokens of a Hub, whose own rules stand', async () => {
    const registry = await startRegistry();
    writeRegistryStorage(registry.storage, [image]);
    const hub = await startHub(registry.host);
    const scope = 'service=registry.docker.io&scope=repository:library/a:pull';
    const { token } = JSON.parse((await ask(hub.host, 'GET', `/token?${scope}`)).body.toString());
    const get = async () => {
      const answer = await fetch(`http://${hub.host}${blobPath}`, { headers: { authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      return answer.status;
    };
    hub.respond(faultInjector(always('slow'), { hangMs: 0 }).hook);
    expect(await get()).toBe(200);
    hub.respond(faultInjector(always('token-expired'), { hangMs: 0, expireTokens: hub.expireTokens }).hook);
    expect(await get()).toBe(401);
  });

  test('hang without an end lasts until the client has enough', async () => {
    const registry = await startRegistry();
    const proxy = await startCountingProxy(registry.host);
    proxy.respond(faultInjector(always('hang'), { hangMs: Number.POSITIVE_INFINITY }).hook);
    const dispatcher = new Agent({ headersTimeout: 50 });
    const answer = dispatcher.request({ origin: `http://${proxy.host}`, method: 'GET', path: '/v2/' });
    await expect(answer).rejects.toThrow(/Headers Timeout/);
    await dispatcher.close();
  });
});
