import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { Transform } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, openGateway } from '../../../src/apply/gateway/gateway.ts';
import type { CopyItem } from '../../../src/apply/types.ts';
import { digestOf } from '../../../src/registry/manifest-answer.ts';
import { type AnswerHook, type CountingProxy, startCountingProxy } from '../../support/counting-proxy.ts';
import { startHub } from '../../support/hub/hub.ts';
import { buildImages } from '../../support/images/build.ts';
import { publishImages } from '../../support/images/publish.ts';
import type { BuiltRepository } from '../../support/images/types.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import type { RegistryRequest } from '../../support/registry-request.ts';
import { copying, destinationAt, itemOf, sourceAt, sourcesAt } from '../copying.ts';

/** Larger than what the gateway and the sockets on the way hold at once. */
const layerBytes = 6_000_000;
let upstream: TestRegistry;
let item: CopyItem;
let largest: CopyItem['blobs'][number];

beforeAll(async () => {
  upstream = await startRegistry();
  const [built] = buildImages(
    [{ repository: 'library/alpine', groups: [{ tags: ['3'], platforms: ['linux/amd64'] }] }],
    { baseBytes: layerBytes, attestations: false },
  ) as [BuiltRepository];
  await publishImages(upstream.host, [built]);
  const child = [...built.manifests.values()].find(({ blobs }) => blobs.length > 0);
  if (child === undefined) throw new Error('there is a child');
  item = itemOf(built, child.digest);
  largest = item.blobs.toSorted((a, b) => b.size - a.size)[0] ?? { digest: child.digest, size: 0 };
});

async function answering(hook?: AnswerHook): Promise<CountingProxy> {
  const proxy = await startCountingProxy(upstream.host);
  proxy.respond(hook);
  return proxy;
}

const isBlob = ({ kind, method }: RegistryRequest) => kind === 'blob' && method === 'GET';
const isLargest = (request: RegistryRequest) => isBlob(request) && request.reference === largest.digest;

/** Does something to the bytes of a body once so many have passed. */
function after(bytes: number, what: (rest: Buffer, stream: Transform) => Buffer | undefined): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      passed += chunk.length;
      const rest = passed > bytes ? what(chunk, this) : chunk;
      if (rest !== undefined) done(null, rest);
    },
  });
}

const cutAt = (bytes: number) =>
  after(bytes, (_, stream) => {
    stream.destroy(new Error('cut'));
    return undefined;
  });
const stallAt = (bytes: number) => after(bytes, () => undefined);
const wrongFrom = (bytes: number) => after(bytes, (rest) => Buffer.alloc(rest.length));

/** Copies the image by real skopeo from a source with alternates to an empty destination. */
async function copyFrom(source: string, alternates: readonly string[], client = {}) {
  const destination = await startRegistry();
  const lines: string[] = [];
  const outcome = await copying(
    [sourceAt(source, alternates), destinationAt(destination.host)],
    async ({ copy, sources }) => ({ result: await copy([item]), reports: sources.reports() }),
    { client, onLine: (line) => lines.push(line) },
  );
  const blob = await fetch(`http://${destination.host}/v2/mirror/alpine/blobs/${largest.digest}`);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { ...outcome, lines, arrived: digestOf(bytes) === largest.digest };
}

describe('an alternate that lies', () => {
  test('about a manifest is dropped and named, and the source asked', async () => {
    const liar = await answering(({ kind, method }) =>
      kind === 'manifest' && method === 'GET'
        ? {
            status: 200,
            headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
            body: '{"schemaVersion":2}',
          }
        : undefined,
    );
    const source = await answering();
    const { result, reports, arrived } = await copyFrom(source.host, [liar.host]);
    expect(result).toEqual({ itemProblems: new Map() });
    expect(arrived).toBe(true);
    expect(reports).toMatchObject([
      { place: `${liar.host}/library`, manifests: 0, bytes: 0, dropped: { code: 'apply/alternate-lies' } },
      { place: `${source.host}/library`, manifestGets: 1, manifests: 1, bytes: source.counts().blobBytesSent },
    ]);
    expect(liar.counts().blobGet).toBe(0);
  });

  test('about a blob is dropped and named, and what skopeo was sent of it never makes a whole blob', async () => {
    const liar = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => wrongFrom(layerBytes / 2) } : undefined,
    );
    const source = await answering();
    const { result, reports, arrived } = await copyFrom(source.host, [liar.host]);
    expect(result).toEqual({ itemProblems: new Map() });
    expect(arrived).toBe(true);
    expect(reports[0]).toMatchObject({ dropped: { code: 'apply/alternate-lies', severity: 'warning' } });
    expect(reports[0]?.dropped?.message).toContain(liar.host);
    expect(source.seen().filter(isLargest)).toHaveLength(1);
  });

  test('about a small blob is not even noticed by skopeo', async () => {
    const small = item.blobs.find(({ size }) => size < 10_000);
    const liar = await answering((request) =>
      isBlob(request) && request.reference === small?.digest ? { status: 200, body: 'other bytes' } : undefined,
    );
    const { result, reports, lines } = await copyFrom((await answering()).host, [liar.host]);
    expect(result.problem).toBeUndefined();
    expect(reports[0]?.dropped?.code).toBe('apply/alternate-lies');
    expect(lines.join('\n')).not.toMatch(/retrying/i);
  });
});

describe('an alternate that fails', () => {
  test('is passed over; over and over, it is dropped and named', async () => {
    const broken = await answering(() => ({ status: 500 }));
    const source = await answering();
    const { result, reports, arrived } = await copyFrom(source.host, [broken.host]);
    expect(result.problem).toBeUndefined();
    expect(arrived).toBe(true);
    expect(reports[1]?.dropped).toBeUndefined();
    const sources = sourcesAt(sourceAt(source.host, [broken.host]));
    const digests = ['1', '2', '3', '4', '5', '6', '7'].map((digit) => `sha256:${digit.repeat(64)}` as never);
    for (const digest of digests) expect(await sources.manifests.get(item.image, digest)).toBeUndefined();
    expect(sources.reports()[0]?.dropped?.code).toBe('apply/alternate-fails');
    await sources.close();
  });

  test('by lacking things is asked on', async () => {
    const empty = await startRegistry();
    const source = await answering();
    const { result, reports } = await copyFrom(source.host, [empty.host]);
    expect(result.problem).toBeUndefined();
    expect(reports[0]?.dropped).toBeUndefined();
    expect(reports[1]).toMatchObject({ manifests: 1, bytes: source.counts().blobBytesSent });
  });

  test('by not being there costs nothing but a try', async () => {
    const { result, arrived } = await copyFrom((await answering()).host, ['127.0.0.1:1']);
    expect(result.problem).toBeUndefined();
    expect(arrived).toBe(true);
  });
});

describe('a blob', () => {
  test('that breaks off is gone on with where it ended, and skopeo does not see it', async () => {
    let cuts = 0;
    const source = await answering((request) =>
      isLargest(request) && cuts++ < 2 ? { passes: true, through: () => cutAt(layerBytes / 4) } : undefined,
    );
    const { result, reports, arrived, lines } = await copyFrom(source.host, []);
    expect(result.problem).toBeUndefined();
    expect(arrived).toBe(true);
    expect(source.seen().filter(isLargest)).toHaveLength(3);
    expect(lines.join('\n')).not.toMatch(/retrying/i);
    const whole = item.blobs.reduce((sum, { size }) => sum + size, 0);
    expect(reports[0]?.bytes).toBeLessThan(whole + 2 * 1_000_000);
  });

  test('that breaks off at an alternate is gone on with at the source', async () => {
    const cut = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => cutAt(layerBytes / 2) } : undefined,
    );
    const source = await answering();
    const { result, reports, arrived } = await copyFrom(source.host, [cut.host]);
    expect(result.problem).toBeUndefined();
    expect(arrived).toBe(true);
    expect(reports[1]?.bytes).toBeGreaterThan(0);
    expect(reports[1]?.bytes).toBeLessThan(largest.size * 0.8);
  });

  test('that stalls is given up after some silence', async () => {
    const slow = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => stallAt(layerBytes / 2) } : undefined,
    );
    const source = await answering();
    const { result, arrived } = await copyFrom(source.host, [slow.host], { timeouts: { bodyMs: 300 } });
    expect(result.problem).toBeUndefined();
    expect(arrived).toBe(true);
  });

  test('that always breaks off is an error with its reason', async () => {
    const source = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => cutAt(100_000) } : undefined,
    );
    const { result } = await copyFrom(source.host, []);
    expect(result.itemProblems.get(item.digest)?.code).toBe('apply/blob-broken-off');
  });

  test('that is redirected to a storage is fetched from there, and its signed address is told to nobody', async () => {
    const hub = await startHub(upstream.host, { redirectsBlobs: true, anonymous: {} });
    const { result, reports, lines, arrived } = await copyFrom(hub.host, []);
    expect(result.problem).toBeUndefined();
    expect(arrived).toBe(true);
    expect(hub.cdn?.counts().requests).toBe(item.blobs.length);
    expect(reports[0]?.bytes).toBe(item.blobs.reduce((sum, { size }) => sum + size, 0));
    expect(lines.join('\n')).not.toContain(hub.cdn?.host);
  });
});

describe('other users of the machine', () => {
  test('cannot read through the gateway: only who has its credentials can, a process’s items alone, and only for so long', async () => {
    const source = await answering();
    const sources = sourcesAt(sourceAt(source.host));
    const gateway = await openGateway(sources, new AbortController().signal);
    const authorization = authorizationFor(gateway);
    const admission = gateway.admit([item]);
    const ask = async (path: string, init: RequestInit = { headers: { authorization } }) =>
      fetch(`http://${gateway.host}/v2/${path}`, init);
    const status = async (path: string, init?: RequestInit) => (await ask(path, init)).status;
    const manifest = `alpine/manifests/${item.digest}`;
    const blob = `alpine/blobs/${largest.digest}`;
    const { namespace } = admission;
    expect(namespace).toMatch(/^[0-9a-f]{32}$/);
    expect(gateway.admit([item]).namespace).not.toBe(namespace);
    expect(await status(`${namespace}/${manifest}`)).toBe(200);
    expect(await status(`${namespace}/${blob}`)).toBe(200);
    const other = `sha256:${'0'.repeat(64)}`;
    const refused = [
      manifest,
      `library/${manifest}`,
      `${'0'.repeat(32)}/${manifest}`,
      `${namespace}/${manifest.replace(item.digest, other)}`,
      `${namespace}/${blob.replace(largest.digest, other)}`,
      `${namespace}/alpine/manifests/latest`,
      `${namespace}/../${manifest}`,
      `${namespace}/alpine/tags/list`,
    ];
    source.reset();
    for (const path of refused) expect(await status(path), path).toBe(404);
    expect(await status(`${namespace}/${manifest}`, { method: 'DELETE', headers: { authorization } })).toBe(405);
    const wrong = [undefined, 'Basic', `${authorization}A`, `Bearer ${authorization.slice('Basic '.length)}`];
    for (const given of wrong) {
      const init = given === undefined ? {} : { headers: { authorization: given } };
      for (const path of ['', `${namespace}/${manifest}`, `${namespace}/${blob}`]) {
        const answer = await ask(path, init);
        expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="mirrorlock"']);
      }
    }
    admission.end();
    expect(await status(`${namespace}/${manifest}`)).toBe(404);
    expect(source.seen()).toEqual([]);
    await gateway.close();
    expect(existsSync(gateway.authFile)).toBe(false);
    await sources.close();
  });

  test.each([
    ['one manifest', 1],
    ['several', 2],
  ])(
    'find the password in no argument and no line, and the file that holds it is closed to them: %s',
    async (_, count) => {
      const found = new Map<string, ReturnType<typeof skopeos>[number]>();
      const destination = await startRegistry();
      const source = await answering(() => {
        for (const one of skopeos(`${destination.host}/mirror`)) found.set(one.command, one);
        return undefined;
      });
      const lines: string[] = [];
      const ends = [sourceAt(source.host), destinationAt(destination.host)] as const;
      await copying(ends, ({ copy }) => copy(Array.from({ length: count }, () => item)), {
        onLine: (line) => lines.push(line),
      });
      expect(found.size).toBe(1);
      for (const [command, { auth, mode }] of found) {
        expect(mode).toBe('600');
        const password = Buffer.from(auth, 'base64').toString();
        expect(password).toMatch(/^mirrorlock:[0-9a-f]{32}$/);
        for (const text of [command, ...lines])
          for (const secret of [auth, password]) expect(text).not.toContain(secret);
      }
    },
  );
});

/** The header that the gateway wants, as skopeo makes it of the file. */
function authorizationFor({ host, authFile }: Gateway): string {
  return `Basic ${JSON.parse(readFileSync(authFile, 'utf8')).auths[host].auth}`;
}

/** The skopeo processes that run with a word that begins so, the credentials in the file that each names, and its mode. */
function skopeos(start: string) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (!words.some((word) => word.replace('docker://', '').startsWith(start))) return [];
        const path = words.find((word) => word.startsWith('--src-authfile='))?.split('=')[1] ?? '';
        const [auth = ''] = /[\w+/]{40,}=*/.exec(readFileSync(path, 'utf8')) ?? [];
        return [{ command: words.join(' '), auth, mode: (statSync(path).mode & 0o777).toString(8) }];
      } catch {
        // It has ended in the meantime.
        return [];
      }
    });
}

test('skopeo that goes away ends the answer from the source as well', async () => {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const source = await answering((request) => {
    if (!isLargest(request)) return undefined;
    const through = stallAt(100_000);
    through.once('close', () => end());
    return { passes: true, through: () => through };
  });
  const sources = sourcesAt(sourceAt(source.host));
  const gateway = await openGateway(sources, new AbortController().signal);
  const { namespace } = gateway.admit([item]);
  const going = new AbortController();
  const address = `http://${gateway.host}/v2/${namespace}/alpine/blobs/${largest.digest}`;
  const headers = { authorization: authorizationFor(gateway) };
  const answer = await fetch(address, { headers, signal: going.signal });
  going.abort();
  await ended;
  expect(answer.status).toBe(200);
  await gateway.close();
  await sources.close();
});
