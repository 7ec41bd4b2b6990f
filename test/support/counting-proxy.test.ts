import { expect, test } from 'vitest';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { buildImage } from './images/build.ts';
import { publishImages } from './images/publish.ts';
import { writeRegistryStorage } from './images/storage.ts';
import { startRegistry } from './registry.ts';
import { skopeo } from './skopeo.ts';
import type { TrafficCounts } from './traffic.ts';

const image = buildImage({
  repository: 'library/a',
  groups: [{ tags: ['1', 'latest'], platforms: ['linux/amd64', 'linux/arm64/v8'] }],
});
const index = image.manifestOf('1');
const [blob = '', blobBytes] = [...image.blobs][0] ?? [];
const accept = { accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' };

async function filledProxy(): Promise<CountingProxy> {
  const registry = await startRegistry({ deleteEnabled: true });
  writeRegistryStorage(registry.storage, [image]);
  return startCountingProxy(registry.host);
}

/** The counts that are not 0, bytes apart. */
function requestsOf(counts: TrafficCounts): Partial<TrafficCounts> {
  return Object.fromEntries(Object.entries(counts).filter(([name, count]) => count > 0 && !name.includes('Bytes')));
}

async function ask(proxy: CountingProxy, method: string, path: string): Promise<Response> {
  const answer = await fetch(`http://${proxy.host}${path}`, { method, headers: accept });
  await answer.arrayBuffer();
  return answer;
}

test('every kind of read is counted as what it is', async () => {
  const proxy = await filledProxy();
  await ask(proxy, 'GET', '/v2/');
  await ask(proxy, 'HEAD', '/v2/library/a/manifests/1');
  await ask(proxy, 'HEAD', `/v2/library/a/manifests/${index.digest}`);
  await ask(proxy, 'GET', '/v2/library/a/manifests/latest');
  await ask(proxy, 'GET', '/v2/library/a/manifests/absent');
  await ask(proxy, 'GET', `/v2/library/a/manifests/${index.digest}`);
  await ask(proxy, 'HEAD', `/v2/library/a/blobs/${blob}`);
  await ask(proxy, 'GET', `/v2/library/a/blobs/${blob}`);
  await ask(proxy, 'GET', '/v2/library/a/tags/list?n=10');
  await ask(proxy, 'DELETE', `/v2/library/a/manifests/${index.digest}`);
  await ask(proxy, 'GET', '/v2/_catalog');
  expect(requestsOf(proxy.counts())).toEqual({
    requests: 11,
    ping: 1,
    manifestHead: 2,
    manifestHeadByTag: 1,
    manifestHeadByDigest: 1,
    manifestGet: 3,
    manifestGetByTag: 2,
    manifestGetByDigest: 1,
    manifestDelete: 1,
    blobHead: 1,
    blobGet: 1,
    tagList: 1,
    other: 1,
    distinctManifestsGot: 1,
    distinctBlobsGot: 1,
  });
  expect(proxy.counts().blobBytesSent).toBe(blobBytes?.length);
  proxy.reset();
  expect(proxy.counts().requests).toBe(0);
});

test('uploads pass through the proxy, and their bytes are counted', async () => {
  const proxy = await startCountingProxy((await startRegistry()).host);
  await publishImages(proxy.host, [image]);
  const { blobs, manifests } = image;
  const total = (values: Iterable<Buffer>): number => [...values].reduce((sum, bytes) => sum + bytes.length, 0);
  const counts = proxy.counts();
  expect(requestsOf(counts)).toEqual({
    requests: 2 * blobs.size + manifests.size + 2,
    uploadPost: blobs.size,
    uploadPut: blobs.size,
    manifestPut: manifests.size + 2,
    manifestPutByDigest: manifests.size,
    manifestPutByTag: 2,
  });
  expect(counts.blobBytesReceived).toBe(total(blobs.values()));
  const sizes = [...manifests.values()].map(({ bytes }) => bytes);
  expect(counts.manifestBytesReceived).toBe(total(sizes) + 2 * index.bytes.length);
});

test('a copy by skopeo costs a GET for the index, each child and each attestation, and each blob once', async () => {
  const source = await filledProxy();
  const destination = await startCountingProxy((await startRegistry()).host);
  const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const [from, to] = [`docker://${source.host}/library/a:1`, `docker://${destination.host}/library/b:1`];
  await skopeo('copy', '--quiet', '--all', '--preserve-digests', ...tls, from, to);
  const { manifestGet, distinctManifestsGot, blobGet, distinctBlobsGot } = source.counts();
  expect({ manifestGet, distinctManifestsGot }).toEqual({ manifestGet: 1 + 4, distinctManifestsGot: 1 + 4 });
  expect({ blobGet, distinctBlobsGot }).toEqual({ blobGet: 10, distinctBlobsGot: 10 });
  expect(destination.counts()).toMatchObject({ manifestPut: 5, uploadPost: 10, uploadPut: 10 });
});

test('a blob that the registry takes over from another repository is counted as mounted', async () => {
  const proxy = await filledProxy();
  await ask(proxy, 'POST', `/v2/library/b/blobs/uploads/?mount=${blob}&from=library/a`);
  await ask(proxy, 'POST', `/v2/library/b/blobs/uploads/?mount=sha256:${'0'.repeat(64)}&from=library/a`);
  expect(requestsOf(proxy.counts())).toEqual({ requests: 2, mounted: 1, mountRefused: 1 });
});

test('a hook answers in place of the registry, for the requests that it chooses', async () => {
  const proxy = await filledProxy();
  proxy.respond(({ kind, reference }) =>
    kind === 'manifest' && reference === '1'
      ? { status: 429, headers: { 'retry-after': '3' }, body: 'toomanyrequests' }
      : undefined,
  );
  const limited = await fetch(`http://${proxy.host}/v2/library/a/manifests/1`);
  expect([limited.status, limited.headers.get('retry-after'), await limited.text()]).toEqual([
    429,
    '3',
    'toomanyrequests',
  ]);
  expect((await ask(proxy, 'GET', '/v2/library/a/manifests/latest')).status).toBe(200);
  proxy.respond(undefined);
  expect((await ask(proxy, 'GET', '/v2/library/a/manifests/1')).status).toBe(200);
  expect(proxy.seen().map(({ status }) => status)).toEqual([429, 200, 200]);
});

test('a hook may hold a request back, while its body waits', async () => {
  const proxy = await startCountingProxy((await startRegistry()).host);
  let held = 0;
  proxy.respond(async ({ method }) => {
    if (method === 'PUT') held += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return undefined;
  });
  await publishImages(proxy.host, [image]);
  expect(held).toBeGreaterThan(0);
});

test('a hook may hang up in the middle of an answer', async () => {
  const proxy = await filledProxy();
  proxy.respond(() => ({ status: 200, body: 'half of', hangUp: true }));
  const answer = await fetch(`http://${proxy.host}/v2/library/a/manifests/1`);
  await expect(answer.text()).rejects.toThrow();
});

test('what a hook throws is told to the client', async () => {
  const proxy = await filledProxy();
  proxy.respond(() => {
    throw new Error('a mistake in the test');
  });
  const answer = await fetch(`http://${proxy.host}/v2/`);
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('a mistake in the test')]);
});

test('a registry that is gone is a 502', async () => {
  const registry = await startRegistry();
  const proxy = await startCountingProxy(registry.host);
  await registry.stop();
  expect((await ask(proxy, 'GET', '/v2/')).status).toBe(502);
});
