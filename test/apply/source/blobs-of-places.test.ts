import { Transform } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { blobsOf } from '../../../src/apply/contents.ts';
import { digestOf } from '../../../src/core/digest-of.ts';
import { type Digest, parseImageName } from '../../../src/core/names.ts';
import type { BlobRef } from '../../../src/registry/types.ts';
import { type AnswerHook, type CountingProxy, startCountingProxy } from '../../support/counting-proxy.ts';
import { startHub } from '../../support/hub/hub.ts';
import { buildImages } from '../../support/images/build.ts';
import { publishImages } from '../../support/images/publish.ts';
import type { BuiltRepository } from '../../support/images/types.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import type { RegistryRequest } from '../../support/registry-request.ts';
import { type CopyingOptions, copying, destinationAt, sourceAt, sourcesAt } from '../copying.ts';

/** Larger than what the sockets on the way hold at once. */
const layerBytes = 6_000_000;
let upstream: TestRegistry;
const alpine = parseImageName('alpine');
let wanted: Digest;
let blobs: readonly BlobRef[];
let largest: BlobRef;

beforeAll(async () => {
  upstream = await startRegistry();
  const [built] = buildImages(
    [{ repository: 'library/alpine', groups: [{ tags: ['3'], platforms: ['linux/amd64'] }] }],
    { baseBytes: layerBytes, attestations: false },
  ) as [BuiltRepository];
  await publishImages(upstream.host, [built]);
  const child = [...built.manifests.values()].find(({ blobs }) => blobs.length > 0);
  if (child === undefined) throw new Error('there is a child');
  wanted = child.digest;
  blobs = blobsOf(child);
  largest = blobs.toSorted((a, b) => b.size - a.size)[0] ?? { digest: child.digest, size: 0 };
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

/** Copies the image from a source with alternates to an empty destination. */
async function copyFrom(source: string, alternates: readonly string[], options: CopyingOptions = {}) {
  const registry = await startRegistry();
  const destination = await startCountingProxy(registry.host);
  const outcome = await copying(
    [sourceAt(source, alternates), destinationAt(destination.host)],
    async ({ copy, sources }) => ({ problems: await copy(alpine, [wanted]), reports: sources.reports() }),
    options,
  );
  const blob = await fetch(`http://${registry.host}/v2/mirror/alpine/blobs/${largest.digest}`);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const uploads = destination.seen().filter(({ kind }) => kind === 'upload');
  const count = (method: string) => uploads.filter((one) => one.method === method).length;
  const [begun, takenBack] = [count('POST'), count('DELETE')];
  return { ...outcome, begun, takenBack, arrived: digestOf(bytes) === largest.digest };
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
    const { problems, reports, arrived } = await copyFrom(source.host, [liar.host]);
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
    expect(reports).toMatchObject([
      { place: `${liar.host}/library`, manifests: 0, bytes: 0, dropped: { code: 'apply/alternate-lies' } },
      { place: `${source.host}/library`, manifestGets: 1, manifests: 1, bytes: source.counts().blobBytesSent },
    ]);
    expect(liar.counts().blobGet).toBe(0);
  });

  test('about a blob is dropped and named, and what was sent of it never makes a whole blob: another upload is begun', async () => {
    const liar = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => wrongFrom(layerBytes / 2) } : undefined,
    );
    const source = await answering();
    const { problems, reports, arrived, begun, takenBack } = await copyFrom(source.host, [liar.host]);
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
    expect([begun, takenBack]).toEqual([blobs.length + 1, 1]);
    expect(reports[0]).toMatchObject({ dropped: { code: 'apply/alternate-lies', severity: 'warning' } });
    expect(reports[0]?.dropped?.message).toContain(liar.host);
    expect(source.seen().filter(isLargest)).toHaveLength(1);
  });

  test('about a small blob is not even noticed by the destination', async () => {
    const small = blobs.find(({ size }) => size < 10_000);
    const liar = await answering((request) =>
      isBlob(request) && request.reference === small?.digest ? { status: 200, body: 'other bytes' } : undefined,
    );
    const { problems, reports, begun } = await copyFrom((await answering()).host, [liar.host]);
    expect(problems).toEqual(new Map());
    expect(reports[0]?.dropped?.code).toBe('apply/alternate-lies');
    expect(begun).toBe(blobs.length);
  });
});

describe('an alternate that fails', () => {
  test('is passed over; over and over, it is dropped and named', async () => {
    const broken = await answering(() => ({ status: 500 }));
    const source = await answering();
    const { problems, reports, arrived } = await copyFrom(source.host, [broken.host]);
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
    expect(reports[1]?.dropped).toBeUndefined();
    const sources = sourcesAt(sourceAt(source.host, [broken.host]));
    const digests = ['1', '2', '3', '4', '5', '6', '7'].map((digit) => `sha256:${digit.repeat(64)}` as never);
    for (const digest of digests) expect(await sources.manifests.get(alpine, digest)).toBeUndefined();
    expect(sources.reports()[0]?.dropped?.code).toBe('apply/alternate-fails');
    await sources.close();
  });

  test('by lacking things is asked on', async () => {
    const empty = await startRegistry();
    const source = await answering();
    const { problems, reports } = await copyFrom(source.host, [empty.host]);
    expect(problems).toEqual(new Map());
    expect(reports[0]?.dropped).toBeUndefined();
    expect(reports[1]).toMatchObject({ manifests: 1, bytes: source.counts().blobBytesSent });
  });

  test('by not being there costs nothing but a try', async () => {
    const { problems, arrived } = await copyFrom((await answering()).host, ['127.0.0.1:1']);
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
  });
});

describe('a blob', () => {
  test('that breaks off is gone on with where it ended; the destination does not see it', async () => {
    let cuts = 0;
    const source = await answering((request) =>
      isLargest(request) && cuts++ < 2 ? { passes: true, through: () => cutAt(layerBytes / 4) } : undefined,
    );
    const { problems, reports, arrived, begun } = await copyFrom(source.host, []);
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
    expect(source.seen().filter(isLargest)).toHaveLength(3);
    expect(begun).toBe(blobs.length);
    const whole = blobs.reduce((sum, { size }) => sum + size, 0);
    expect(reports[0]?.bytes).toBeLessThan(whole + 2 * 1_000_000);
  });

  test('that breaks off at an alternate is gone on with at the source', async () => {
    const cut = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => cutAt(layerBytes / 2) } : undefined,
    );
    const source = await answering();
    const { problems, reports, arrived } = await copyFrom(source.host, [cut.host]);
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
    expect(reports[1]?.bytes).toBeGreaterThan(0);
    expect(reports[1]?.bytes).toBeLessThan(largest.size * 0.8);
  });

  test('that stalls is given up after some silence', async () => {
    const slow = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => stallAt(layerBytes / 2) } : undefined,
    );
    const source = await answering();
    const { problems, arrived } = await copyFrom(source.host, [slow.host], { timeouts: { bodyMs: 300 } });
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
  });

  test('that always breaks off is an error with its reason', async () => {
    const source = await answering((request) =>
      isLargest(request) ? { passes: true, through: () => cutAt(100_000) } : undefined,
    );
    const { problems } = await copyFrom(source.host, []);
    expect(problems.get(wanted)?.code).toBe('apply/blob-broken-off');
  });

  test('that is redirected to a storage is fetched from there', async () => {
    const hub = await startHub(upstream.host, { redirectsBlobs: true, anonymous: {} });
    const { problems, reports, arrived } = await copyFrom(hub.host, []);
    expect(problems).toEqual(new Map());
    expect(arrived).toBe(true);
    expect(hub.cdn?.counts().requests).toBe(blobs.length);
    expect(reports[0]?.bytes).toBe(blobs.reduce((sum, { size }) => sum + size, 0));
  });
});
