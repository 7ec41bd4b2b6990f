import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Sources } from '../../../src/apply/gateway/sources.ts';
import type { SkopeoOptions } from '../../../src/apply/skopeo/copier.ts';
import type { CopyResult } from '../../../src/apply/types.ts';
import type { Destination, Source } from '../../../src/config/types.ts';
import type { Digest } from '../../../src/core/names.ts';
import { type AnswerHook, type CountingProxy, startCountingProxy } from '../../support/counting-proxy.ts';
import { buildImages } from '../../support/images/build.ts';
import { publishImages } from '../../support/images/publish.ts';
import type { BuiltRepository } from '../../support/images/types.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { copying, destinationAt, itemOf, sourceAt } from '../copying.ts';

const platforms = ['linux/amd64', 'linux/arm64/v8'];
let upstream: TestRegistry;
let built: BuiltRepository;
let children: readonly Digest[];

beforeAll(async () => {
  upstream = await startRegistry();
  const [image] = buildImages([{ repository: 'library/alpine', groups: [{ tags: ['3.23.2'], platforms }] }]);
  if (image === undefined) throw new Error('nothing was built');
  built = image;
  children = [...built.manifests.values()].find((manifest) => manifest.children.length > 0)?.children ?? [];
  await publishImages(upstream.host, [built]);
});

/** A source or destination that answers as `hook` says, and else as `registry`. */
async function answering(registry: TestRegistry, hook: AnswerHook): Promise<CountingProxy> {
  const proxy = await startCountingProxy(registry.host);
  proxy.respond(hook);
  return proxy;
}

/** Copies children of the built image. */
function copyingChildren<Result>(
  ends: readonly [Source, Destination],
  work: (copy: (digests: readonly Digest[]) => Promise<CopyResult>, reports: Sources['reports']) => Promise<Result>,
  options: Partial<SkopeoOptions> = {},
): Promise<Result> {
  return copying(
    ends,
    ({ copy, sources }) => work((digests) => copy(digests.map((digest) => itemOf(built, digest))), sources.reports),
    options,
  );
}

const refusal = (status: number, code = 'UNKNOWN', headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }),
});

describe('a copy by the real skopeo', () => {
  test('brings manifests by digest with their blobs, attestations too', async () => {
    const source = await startCountingProxy(upstream.host);
    const destination = await startCountingProxy((await startRegistry()).host);
    const result = await copyingChildren([sourceAt(source.host), destinationAt(destination.host)], (copy) =>
      copy(children),
    );
    expect(result).toEqual({ itemProblems: new Map() });
    expect(source.counts().manifestGet).toBe(children.length);
    for (const digest of children) {
      const manifest = built.manifests.get(digest);
      const accept = manifest?.mediaType ?? '';
      const answer = await fetch(`http://${destination.host}/v2/mirror/alpine/manifests/${digest}`, {
        headers: { accept },
      });
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(manifest?.bytes);
    }
    expect(destination.counts().manifestPutByTag).toBe(0);
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
    const { result, reports } = await copyingChildren(ends, async (copy, tell) => ({
      result: await copy(children),
      reports: tell(),
    }));
    expect(result.problem).toBeUndefined();
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
    const result = await copyingChildren([sourceAt(source.host), destinationAt(destination.host)], (copy) =>
      copy(children),
    );
    expect(result.problem?.code).toBe('skopeo/not-found');
    expect([...result.itemProblems.keys()]).toEqual([broken]);
    expect(destination.counts().manifestPut).toBe(children.length - 1);
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
      ['skopeo/denied', writes(refusal(403, 'DENIED'))],
      ['skopeo/server', writes(refusal(500))],
      ['skopeo/no-space', writes(refusal(507))],
    ];
    const empty = await startRegistry();
    const readOnly = await startRegistry({ readOnly: true });
    const locked = await startRegistry({ htpasswd: { user: 'user', password: 'password' } });
    const secure = await startRegistry({ tls: true });
    const codeOf = async (source: Source, destination: Destination) =>
      copyingChildren([source, destination], async (copy) => {
        const { problem, itemProblems } = await copy(children.slice(0, 1));
        return [...itemProblems.values(), problem][0]?.code;
      });

    const seen = await Promise.all([
      ...sources.map(async ([, hook], index) => {
        const source = await answering(upstream, hook);
        return codeOf(sourceAt(source.host), { ...destinationAt(empty.host), namespace: `case-${index}` });
      }),
      ...destinations.map(async ([, hook], index) => {
        const destination = await answering(empty, hook);
        return codeOf(sourceAt(upstream.host), { ...destinationAt(destination.host), namespace: `write-${index}` });
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
      'skopeo/refused',
      'skopeo/unauthorized',
      'registry/tls',
      'registry/tls',
      'registry/network',
    ]);
  });
});

describe('the processes', () => {
  test('are no more than were allowed at once', async () => {
    let most = 0;
    let now = 0;
    const source = await answering(upstream, async ({ kind }) => {
      if (kind !== 'manifest') return undefined;
      now += 1;
      most = Math.max(most, now);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return undefined;
    });
    const destination = await startRegistry();
    const all = [...children, ...children];
    await copyingChildren([sourceAt(source.host), destinationAt(destination.host)], (copy) =>
      Promise.all(all.map((digest) => copy([digest]))),
    );
    expect(most).toBeLessThanOrEqual(2);
    expect(source.counts().manifestGet).toBe(children.length);
  });

  test('end at an interrupt, which is thrown as it is, and leave no file', async () => {
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const pending = never();
    const seen = new Map<string, SkopeoProcess>();
    const destination = await startCountingProxy((await startRegistry()).host);
    const source = await answering(upstream, async ({ kind }) => {
      if (kind !== 'manifest') return undefined;
      for (const one of skopeosOf(destination.host)) seen.set(one.pid, one);
      controller.abort(reason);
      await pending.promise;
      return undefined;
    });
    const work = copyingChildren(
      [sourceAt(source.host), destinationAt(destination.host)],
      (copy) => Promise.all([copy(children.slice(0, 2)), ...children.slice(2).map((digest) => copy([digest]))]),
      { signal: controller.signal },
    );
    await expect(work).rejects.toBe(reason);
    expect(seen.size).toBeGreaterThan(0);
    for (const { pid, files } of seen.values()) {
      expect(files.length).toBeGreaterThan(0);
      for (const file of files) {
        expect(commandOf(pid).join(' ')).not.toContain(file);
        expect(existsSync(dirname(file))).toBe(false);
      }
    }
    pending.resolve();
    expect(destination.counts().manifestPut).toBe(0);
  });

  test('end when a destination takes a request and never answers, which is told', async () => {
    const destination = await answering(await startRegistry(), ({ kind }) =>
      kind === 'upload' ? new Promise(() => {}) : undefined,
    );
    const result = await copyingChildren(
      [sourceAt(upstream.host), destinationAt(destination.host)],
      (copy) => copy(children),
      { mostSilenceMs: 3_000 },
    );
    expect(result.problem?.code).toBe('skopeo/silent');
    expect(result.itemProblems).toEqual(new Map());
  });

  test('that cannot be run are a problem, no crash', async () => {
    const places = [sourceAt(upstream.host), destinationAt(upstream.host)] as const;
    const result = await copyingChildren(places, (copy) => copy(children), { program: '/nowhere/skopeo' });
    expect(result).toMatchObject({ problem: { code: 'skopeo/failed' } });
    expect(result.problem?.value).toContain('ENOENT');
  });
});

describe('promise 7: no secret in a log, a file or a process list', () => {
  test('the password goes by the auth file that the environment names; what is logged has no query', async () => {
    const credentials = { user: 'user', password: 'S3cr3t-pass' };
    const destination = await startRegistry({ htpasswd: credentials });
    const folder = temporaryDirectory().path;
    const auth = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [destination.host]: { auth } } }));
    const lines: string[] = [];
    const commands = new Set<string>();
    const result = await copyingChildren(
      [sourceAt(upstream.host), destinationAt(destination.host)],
      (copy) => copy(children),
      {
        env: { PATH: process.env['PATH'], HOME: folder, DOCKER_CONFIG: folder },
        onLine: (line) => {
          lines.push(line);
          for (const { command } of skopeosOf(destination.host)) commands.add(command);
        },
      },
    );
    expect(result.problem).toBeUndefined();
    expect(commands.size).toBeGreaterThan(0);
    for (const text of [...lines, ...commands]) {
      expect(text).not.toContain(credentials.password);
      expect(text).not.toContain(auth);
      expect(text).not.toContain('_state=');
    }
  });
});

interface SkopeoProcess {
  readonly pid: string;
  readonly command: string;
  /** The files that it was told to read. */
  readonly files: readonly string[];
}

/** The skopeo processes that name `host` as their destination. */
function skopeosOf(host: string): SkopeoProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, words: commandOf(pid) }))
    .filter(({ words }) => words.includes('sync') || words.includes('copy'))
    .map(({ pid, words }) => ({
      pid,
      command: words.join(' '),
      files: words.flatMap((word) => /^(?:--src-authfile=)?(\/.*\.(?:json|yaml))$/.exec(word)?.[1] ?? []),
    }))
    .filter(({ command }) => command.includes(host));
}

function commandOf(pid: string): string[] {
  return readIfThere(`/proc/${pid}/cmdline`).split('\0');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function never(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
