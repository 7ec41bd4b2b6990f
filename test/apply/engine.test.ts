import { beforeAll, describe, expect, test } from 'vitest';
import type { Sources } from '../../src/apply/source/reader.ts';
import type { Destination, Source } from '../../src/config/types.ts';
import { type Digest, parseImageName } from '../../src/core/names.ts';
import type { Problem } from '../../src/core/problem.ts';
import { type AnswerHook, type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { buildImages } from '../support/images/build.ts';
import { publishImages } from '../support/images/publish.ts';
import type { BuiltRepository } from '../support/images/types.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { type CopyingOptions, copying, destinationAt, sourceAt } from './copying.ts';

const platforms = ['linux/amd64', 'linux/arm64/v8'];
const alpine = parseImageName('alpine');
let upstream: TestRegistry;
let built: BuiltRepository;
let index: Digest;
let children: readonly Digest[];

beforeAll(async () => {
  upstream = await startRegistry();
  const [image] = buildImages([{ repository: 'library/alpine', groups: [{ tags: ['3.23.2'], platforms }] }]);
  if (image === undefined) throw new Error('nothing was built');
  built = image;
  const top = [...built.manifests.values()].find((manifest) => manifest.children.length > 0);
  if (top === undefined) throw new Error('there is an index');
  index = top.digest;
  children = top.children;
  await publishImages(upstream.host, [built]);
});

/** A source or destination that answers as `hook` says, and else as `registry`. */
async function answering(registry: TestRegistry, hook: AnswerHook): Promise<CountingProxy> {
  const proxy = await startCountingProxy(registry.host);
  proxy.respond(hook);
  return proxy;
}

type Copy = (digests: readonly Digest[]) => Promise<ReadonlyMap<Digest, Problem>>;

function copyingAlpine<Result>(
  ends: readonly [Source, Destination],
  work: (copy: Copy, reports: Sources['reports']) => Promise<Result>,
  options: CopyingOptions = {},
): Promise<Result> {
  return copying(ends, ({ copy, sources }) => work((digests) => copy(alpine, digests), sources.reports), options);
}

const refusal = (status: number, code = 'UNKNOWN', headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }),
});

async function expectThere(host: string, digests: readonly Digest[]): Promise<void> {
  for (const digest of digests) {
    const manifest = built.manifests.get(digest);
    const accept = manifest?.mediaType ?? '';
    const answer = await fetch(`http://${host}/v2/mirror/alpine/manifests/${digest}`, { headers: { accept } });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(manifest?.bytes);
  }
}

describe('a copy', () => {
  test('brings manifests by digest with their blobs, attestations too', async () => {
    const source = await startCountingProxy(upstream.host);
    const destination = await startCountingProxy((await startRegistry()).host);
    const problems = await copyingAlpine([sourceAt(source.host), destinationAt(destination.host)], (copy) =>
      copy(children),
    );
    expect(problems).toEqual(new Map());
    expect(source.counts().manifestGet).toBe(children.length);
    await expectThere(destination.host, children);
    expect(destination.counts().manifestPutByTag).toBe(0);
  });

  test('of an index brings its children before it, those that are there left out', async () => {
    const source = await startCountingProxy(upstream.host);
    const destination = await startCountingProxy((await startRegistry()).host);
    await copyingAlpine([sourceAt(source.host), destinationAt(destination.host)], async (copy) => {
      expect(await copy(children.slice(1))).toEqual(new Map());
      source.reset();
      destination.reset();
      expect(await copy([index])).toEqual(new Map());
    });
    await expectThere(destination.host, [...children, index]);
    const puts = destination.seen().filter(({ kind, method }) => kind === 'manifest' && method === 'PUT');
    expect(puts.map(({ reference }) => reference)).toEqual([children[0], index]);
    expect(source.counts().manifestGet).toBe(2);
  });

  test('asks an alternate first, by digest, and counts that too', async () => {
    const [source, alternate, empty] = [
      await startCountingProxy(upstream.host),
      await startCountingProxy(upstream.host),
      await startCountingProxy((await startRegistry()).host),
    ];
    const alternates = [empty.host, alternate.host];
    const destination = await startRegistry();
    const ends: [Source, Destination] = [sourceAt(source.host, alternates), destinationAt(destination.host)];
    const { problems, reports } = await copyingAlpine(ends, async (copy, tell) => ({
      problems: await copy(children),
      reports: tell(),
    }));
    expect(problems).toEqual(new Map());
    expect([empty, alternate, source].map((proxy) => proxy.counts().manifestGet)).toEqual([
      children.length,
      children.length,
      0,
    ]);
    expect(alternate.counts().manifestGetByTag).toBe(0);
    expect(reports).toEqual([
      { place: `${empty.host}/library`, manifestGets: children.length, manifests: 0, bytes: 0 },
      {
        place: `${alternate.host}/library`,
        manifestGets: children.length,
        manifests: children.length,
        bytes: alternate.counts().blobBytesSent,
      },
      { place: `${source.host}/library`, manifestGets: 0, manifests: 0, bytes: 0 },
    ]);
  });

  test('goes on after a failure, and names what failed', async () => {
    const [broken] = children;
    const source = await answering(upstream, ({ kind, reference }) =>
      kind === 'manifest' && reference === broken ? refusal(404, 'MANIFEST_UNKNOWN') : undefined,
    );
    const destination = await startCountingProxy((await startRegistry()).host);
    const problems = await copyingAlpine([sourceAt(source.host), destinationAt(destination.host)], (copy) =>
      copy(children),
    );
    expect([...problems].map(([digest, { code }]) => [digest, code])).toEqual([[broken, 'apply/gone']]);
    expect(destination.counts().manifestPut).toBe(children.length - 1);
  });

  test('is made once, however many ask at the same time', async () => {
    const source = await startCountingProxy(upstream.host);
    const destination = await startCountingProxy((await startRegistry()).host);
    const all = [...children, ...children, index];
    await copyingAlpine([sourceAt(source.host), destinationAt(destination.host)], async (copy) => {
      for (const problems of await Promise.all(all.map((digest) => copy([digest]))))
        expect(problems).toEqual(new Map());
    });
    expect(source.counts().manifestGet).toBe(children.length + 1);
    expect(destination.counts().manifestPut).toBe(children.length + 1);
    const { blobGet, distinctBlobsGot } = source.counts();
    expect(blobGet).toBe(distinctBlobsGot);
  });

  test('asks again for each blob where a manifest is refused for one that is not there, as it was believed to be', async () => {
    const registry = await startRegistry();
    let isLying = true;
    const destination = await answering(registry, async ({ kind, method, reference }) => {
      if (kind === 'manifest' && method === 'PUT') isLying = false;
      if (kind !== 'blob' || method !== 'HEAD' || !isLying) return undefined;
      const there = await fetch(`http://${upstream.host}/v2/library/alpine/blobs/${reference}`, { method: 'HEAD' });
      return { status: 200, headers: { 'content-length': there.headers.get('content-length') ?? '' } };
    });
    const problems = await copyingAlpine([sourceAt(upstream.host), destinationAt(destination.host)], (copy) =>
      copy(children.slice(0, 1)),
    );
    expect(problems).toEqual(new Map());
    await expectThere(registry.host, children.slice(0, 1));
  });

  test('tells every failure apart', async () => {
    const always =
      (answer: ReturnType<typeof refusal>): AnswerHook =>
      ({ kind }) =>
        kind === 'manifest' ? answer : undefined;
    const blobs =
      (answer: Awaited<ReturnType<AnswerHook>>): AnswerHook =>
      ({ kind, method }) =>
        kind === 'blob' && method === 'GET' ? answer : undefined;
    const writes =
      (answer: ReturnType<typeof refusal>): AnswerHook =>
      ({ kind, method }) =>
        kind === 'upload' || method === 'PUT' ? answer : undefined;
    const soon = { 'retry-after': '0' };
    const sources: readonly (readonly [string, AnswerHook])[] = [
      ['registry/unauthorized', always(refusal(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="test"' }))],
      ['registry/denied', always(refusal(403, 'DENIED'))],
      ['apply/gone', always(refusal(404, 'MANIFEST_UNKNOWN'))],
      ['registry/rate-limited', always(refusal(429, 'TOOMANYREQUESTS', soon))],
      ['registry/rate-limited', blobs(refusal(429, 'TOOMANYREQUESTS', soon))],
      ['registry/server', always(refusal(500))],
      ['registry/server', blobs(refusal(503))],
      ['apply/blob-not-found', blobs(refusal(404, 'BLOB_UNKNOWN'))],
      ['registry/not-a-registry', always({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' })],
      ['apply/blob-digest-mismatch', blobs({ status: 200, body: 'other bytes' })],
    ];
    const destinations: readonly (readonly [string, AnswerHook])[] = [
      ['registry/denied', writes(refusal(403, 'DENIED'))],
      ['registry/server', writes(refusal(500))],
      ['registry/no-space', writes(refusal(507))],
    ];
    const empty = await startRegistry();
    const readOnly = await startRegistry({ readOnly: true });
    const locked = await startRegistry({ htpasswd: { user: 'user', password: 'password' } });
    const secure = await startRegistry({ tls: true });
    const codeOf = async (source: Source, destination: Destination) =>
      copyingAlpine([source, destination], async (copy) => [...(await copy(children.slice(0, 1))).values()][0]?.code);

    const seen = await Promise.all([
      ...sources.map(async ([, hook], position) => {
        const source = await answering(upstream, hook);
        return codeOf(sourceAt(source.host), { ...destinationAt(empty.host), namespace: `case-${position}` });
      }),
      ...destinations.map(async ([, hook], position) => {
        const destination = await answering(empty, hook);
        return codeOf(sourceAt(upstream.host), { ...destinationAt(destination.host), namespace: `write-${position}` });
      }),
      codeOf(sourceAt(upstream.host), destinationAt(readOnly.host)),
      codeOf(sourceAt(upstream.host), destinationAt(locked.host)),
      codeOf(sourceAt(secure.host, [], false), destinationAt(empty.host)),
      codeOf(sourceAt(upstream.host, [], false), destinationAt(empty.host)),
      codeOf(sourceAt('127.0.0.1:1'), destinationAt(empty.host)),
    ]);
    expect(seen).toEqual([
      ...sources.map(([code]) => code),
      ...destinations.map(([code]) => code),
      expect.stringMatching(/^registry\/(?:refused|bad-answer)$/),
      'registry/unauthorized',
      'registry/tls',
      'registry/tls',
      'registry/network',
    ]);
  });
});

describe('transfers', () => {
  test('are no more than were allowed at once', async () => {
    let [most, now] = [0, 0];
    let bothAreHere = () => {};
    const both = new Promise<void>((resolve) => {
      bothAreHere = resolve;
    });
    const source = await answering(upstream, async ({ kind }) => {
      if (kind !== 'blob') return undefined;
      now += 1;
      most = Math.max(most, now);
      if (now === 2) bothAreHere();
      // The first waits for the second; a third would be seen.
      await both;
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return undefined;
    });
    const destination = await startRegistry();
    await copyingAlpine(
      [sourceAt(source.host), destinationAt(destination.host)],
      (copy) => Promise.all(children.map((digest) => copy([digest]))),
      { jobs: 2 },
    );
    expect(most).toBe(2);
  });

  test('end at an interrupt, which is thrown as it is', async () => {
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const destination = await startCountingProxy((await startRegistry()).host);
    const source = await answering(upstream, ({ kind, method }) => {
      if (kind !== 'blob' || method !== 'GET') return undefined;
      controller.abort(reason);
      return new Promise(() => {});
    });
    const work = copyingAlpine(
      [sourceAt(source.host), destinationAt(destination.host)],
      (copy) => Promise.all([copy(children.slice(0, 2)), ...children.slice(2).map((digest) => copy([digest]))]),
      { signal: controller.signal },
    );
    await expect(work).rejects.toBe(reason);
    expect(destination.counts().manifestPut).toBe(0);
  });

  test('end when a destination takes a request and never answers, which is told', async () => {
    const destination = await answering(await startRegistry(), ({ kind }) =>
      kind === 'upload' ? new Promise(() => {}) : undefined,
    );
    const problems = await copyingAlpine(
      [sourceAt(upstream.host), destinationAt(destination.host)],
      (copy) => copy(children),
      { timeouts: { headersMs: 300 } },
    );
    expect([...problems.keys()].sort()).toEqual([...children].sort());
    for (const { code } of problems.values()) expect(code).toBe('registry/timeout');
  });
});
