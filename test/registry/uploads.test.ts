import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest-of.ts';
import { problemError } from '../../src/core/problem.ts';
import type { RegistryClientOptions } from '../../src/registry/options.ts';
import type { BlobContent, BlobRef } from '../../src/registry/types.ts';
import { partReader } from '../../src/registry/upload-parts.ts';
import { errorOf, openClient, passwordStore, serve, testClock } from './support.ts';
import { type UploadScript, uploadServer } from './upload-server.ts';

const mib = 1024 * 1024;
const small = Buffer.from('a small blob');
/** More than the usual part has, and than the sockets on the way hold. */
const large = Buffer.alloc(20 * mib, 'large ');

function blobOf(bytes: Uint8Array): BlobRef {
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

interface Content {
  readonly content: BlobContent;
  /** How often it was read from its beginning. */
  readonly opened: () => number;
}

function contentOf(bytes: Uint8Array, part = 256 * 1024): Content {
  let opened = 0;
  return {
    opened: () => opened,
    async *content() {
      opened += 1;
      for (let at = 0; at < bytes.byteLength; at += part) yield bytes.subarray(at, at + part);
    },
  };
}

/** Uploads bytes; gives the server, and how it ended. */
async function upload(
  bytes: Uint8Array,
  script?: UploadScript,
  options: Partial<RegistryClientOptions> = {},
  location?: (host: string, upload: number) => string,
) {
  const server = await uploadServer(script, location);
  const client = openClient(server.host, options);
  const { content, opened } = contentOf(bytes);
  const done = client.upload('a', blobOf(bytes), content);
  return { server, client, opened, done };
}

const stored = (bytes: Uint8Array) => new Map([[digestOf(bytes), bytes.byteLength]]);

/** What is refused to a whole PUT, which has a body, and not to one that ends parts. */
const refusingWhole =
  (status: number): UploadScript =>
  ({ method, headers }) =>
    method === 'PUT' && headers['content-length'] !== '0' ? { status } : undefined;

const partsOf = (seen: readonly { method: string; headers: NodeJS.Dict<string | string[]> }[]) =>
  seen
    .filter(({ method }) => method === 'PATCH')
    .map(({ headers }) => [headers['content-range'], headers['content-length']]);

describe('an upload', () => {
  test('is a POST and one PUT with the whole body', async () => {
    const { server, client, done } = await upload(large);
    await done;
    expect(server.methods()).toBe('POST PUT');
    expect(server.blobs).toEqual(stored(large));
    expect(server.seen[1]?.headers).toMatchObject({
      'content-length': `${large.byteLength}`,
      'content-type': 'application/octet-stream',
    });
    expect(client.counts).toMatchObject({ blobUpload: 2, blobHead: 0 });
  });

  test('of an empty blob is no different', async () => {
    const empty = new Uint8Array();
    const { server, done } = await upload(empty);
    await done;
    expect(server.methods()).toBe('POST PUT');
    expect(server.blobs).toEqual(stored(empty));
  });

  test.each([
    ['relative', () => '/v2/a/blobs/uploads/u-1'],
    ['relative to the request', () => 'u-1'],
    ['absolute', (host: string) => `http://${host}/v2/a/blobs/uploads/u-1`],
    ['of a scheme that only a proxy before the registry has', () => 'https://127.0.0.1/v2/a/blobs/uploads/u-1'],
  ])('goes on at a Location that is %s', async (_, location) => {
    const server = await uploadServer(({ method }) => (method === 'PUT' ? { status: 201 } : undefined), location);
    await openClient(server.host).upload('a', blobOf(small), contentOf(small).content);
    const path = server.seen[1]?.path ?? '';
    expect(path).toBe(`/v2/a/blobs/uploads/u-1?digest=${encodeURIComponent(digestOf(small))}`);
  });

  test('keeps the query of its Location to the letter', async () => {
    const query = '?_state=a%2Fb+c%3d==&empty=&x=%7E~&_state=again';
    const server = await uploadServer(
      ({ method }) => (method === 'PUT' ? { status: 201 } : undefined),
      () => `/v2/a/blobs/uploads/u${query}`,
    );
    await openClient(server.host).upload('a', blobOf(small), contentOf(small).content);
    expect(server.seen[1]?.path).toBe(`/v2/a/blobs/uploads/u${query}&digest=${encodeURIComponent(digestOf(small))}`);
  });

  test('that goes on at another host goes there without credentials', async () => {
    const storage = await uploadServer(({ method }) => (method === 'PUT' ? { status: 201 } : undefined));
    const elsewhere = `http://${storage.host.replace('127.0.0.1', 'localhost')}/signed?sig=1`;
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
    const server = await uploadServer(
      ({ headers }) => (headers.authorization === undefined ? challenge : undefined),
      () => elsewhere,
    );
    const client = openClient(server.host, { credentials: passwordStore('me', 'secret') });
    await client.upload('a', blobOf(small), contentOf(small).content);
    expect(storage.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(storage.seen[0]?.path).toBe(`/signed?sig=1&digest=${encodeURIComponent(digestOf(small))}`);
  });

  test.each([[undefined], ['http://[']])('whose answer says %s for a Location is refused', async (location) => {
    const headers = location === undefined ? {} : { location };
    const { done } = await upload(small, ({ method }) => (method === 'POST' ? { status: 202, headers } : undefined));
    expect(await errorOf(done)).toMatchObject({ kind: 'redirect' });
  });

  test('that was begun already, in place of a mount, is gone on with', async () => {
    const server = await uploadServer();
    const client = openClient(server.host);
    const begun = await client.mount('a', digestOf(small), 'b');
    if (typeof begun === 'string') throw new Error('an upload was begun');
    await client.upload('a', blobOf(small), contentOf(small).content, begun);
    expect(server.methods()).toBe('POST PUT');
    expect(client.counts).toMatchObject({ blobMount: 1, blobUpload: 1 });
    expect(server.blobs).toEqual(stored(small));
  });
});

describe('an answer to the whole of a blob', () => {
  test.each([200, 202, 204])('of %d is looked at: what is there is done', async (status) => {
    const { server, client, done } = await upload(small, ({ method }) =>
      method === 'PUT' ? { status, passes: true } : undefined,
    );
    await done;
    expect(server.methods()).toBe('POST PUT HEAD');
    expect(client.counts.blobHead).toBe(1);
  });

  test.each([200, 202, 204])('of %d for what is not there is an error that says so', async (status) => {
    const { server, done } = await upload(small, ({ method }) => (method === 'PUT' ? { status } : undefined));
    const error = await errorOf(done);
    expect(error).toMatchObject({ kind: 'bad-answer', status });
    expect(error.problems[0]?.message).toContain('does not have it');
    expect(server.methods()).toBe('POST PUT HEAD DELETE');
  });

  test('of 202 for what is there with another size is one, too', async () => {
    const { done } = await upload(small, ({ method }) => {
      if (method === 'PUT') return { status: 202, passes: true };
      return method === 'HEAD' ? { status: 200, headers: { 'content-length': '3' } } : undefined;
    });
    expect(await errorOf(done)).toMatchObject({ kind: 'bad-answer' });
  });

  test('of 201 is believed', async () => {
    const { server, done } = await upload(small, ({ method }) => (method === 'PUT' ? { status: 201 } : undefined));
    await done;
    expect(server.methods()).toBe('POST PUT');
  });
});

describe('a registry that refuses a whole blob', () => {
  test.each([405, 411, 413, 415, 501])('by %d gets it in parts, and the next one at once', async (status) => {
    const { server, client, done } = await upload(large, refusingWhole(status));
    await done;
    expect(server.methods()).toBe('POST PUT DELETE POST PATCH PATCH PATCH PUT');
    expect(partsOf(server.seen)).toEqual([
      [`0-${8 * mib - 1}`, `${8 * mib}`],
      [`${8 * mib}-${16 * mib - 1}`, `${8 * mib}`],
      [`${16 * mib}-${20 * mib - 1}`, `${4 * mib}`],
    ]);
    expect(server.blobs).toEqual(stored(large));
    expect(server.open()).toBe(0);
    server.seen.length = 0;
    await client.upload('b', blobOf(small), contentOf(small).content);
    expect(server.methods()).toBe('POST PATCH PUT');
    expect(server.blobs.get(digestOf(small))).toBe(small.byteLength);
  });

  test('and parts that are too large gets smaller ones', async () => {
    const limit = 2 * mib;
    const { server, done } = await upload(large, ({ headers }) =>
      Number(headers['content-length'] ?? 0) > limit ? { status: 413, early: true } : undefined,
    );
    await done;
    expect(server.blobs).toEqual(stored(large));
    expect(server.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(1 + 20);
    expect(server.open()).toBe(0);
  });

  test('and small parts as well is an error with its status', async () => {
    const { server, done } = await upload(large, ({ method }) =>
      method === 'PUT' || method === 'PATCH' ? { status: 413 } : undefined,
    );
    expect(await errorOf(done)).toMatchObject({ status: 413 });
    expect(server.methods()).toBe('POST PUT DELETE POST PATCH DELETE POST PATCH DELETE');
  });

  test('that is smaller than any part is an error at once', async () => {
    const { server, done } = await upload(small, ({ method }) => (method === 'PUT' ? { status: 413 } : undefined));
    expect(await errorOf(done)).toMatchObject({ status: 413 });
    expect(server.methods()).toBe('POST PUT DELETE');
  });

  test('gets no smaller parts than it asks for', async () => {
    const least = { 'oci-chunk-min-length': `${9 * mib}` };
    const { server, done } = await upload(large, (request) =>
      request.method === 'POST'
        ? { status: 202, passes: true, headers: { ...least, location: `/v2/a/blobs/uploads/${request.nth}` } }
        : refusingWhole(405)(request),
    );
    await done;
    expect(partsOf(server.seen).map(([, length]) => Number(length))).toEqual([9 * mib, 9 * mib, 2 * mib]);
    expect(server.blobs).toEqual(stored(large));
  });

  test('is sent each part to where the answer to the one before says', async () => {
    const { server, done } = await upload(large, (request) =>
      request.method === 'PATCH'
        ? {
            status: 202,
            passes: true,
            headers: { location: `/at/${request.nth}/${idOf(request.path)}?s=${request.nth}` },
          }
        : refusingWhole(405)(request),
    );
    await done;
    const paths = server.seen.slice(4).map(({ path }) => path);
    expect(paths).toEqual([
      '/v2/a/blobs/uploads/2',
      '/at/1/2?s=1',
      '/at/2/2?s=2',
      `/at/3/2?s=3&digest=${encodeURIComponent(digestOf(large))}`,
    ]);
    expect(server.blobs).toEqual(stored(large));
  });

  const idOf = (path: string) => new URL(path, 'http://x').pathname.split('/').at(-1);
});

describe('an upload of which a registry loses track', () => {
  test.each([400, 404, 416])('by %d is begun anew', async (status) => {
    const { server, opened, done } = await upload(small, ({ method, nth }) =>
      method === 'PUT' && nth === 1 ? { status } : undefined,
    );
    await done;
    expect(server.methods()).toBe('POST PUT POST PUT');
    expect(opened()).toBe(2);
    expect(server.blobs).toEqual(stored(small));
  });

  test('over and over is tried in parts, and given up after five tries', async () => {
    const clock = testClock();
    const { server, done } = await upload(
      small,
      ({ method }) => (method === 'PUT' ? { status: 404, body: 'BLOB_UPLOAD_UNKNOWN' } : undefined),
      { clock },
    );
    const error = await errorOf(done);
    expect(error).toMatchObject({ kind: 'upload', status: 404 });
    expect(error.problems[0]?.message).toContain('BLOB_UPLOAD_UNKNOWN');
    expect(server.methods()).toBe('POST PUT POST PUT POST PATCH PUT POST PATCH PUT POST PATCH PUT');
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  test('only where it is whole comes in parts', async () => {
    const { server, done } = await upload(small, refusingWhole(400));
    await done;
    expect(server.methods()).toBe('POST PUT POST PUT POST PATCH PUT');
    expect(server.blobs).toEqual(stored(small));
  });
});

describe('an upload that breaks', () => {
  test('is begun anew, and what was begun is taken back', async () => {
    const { server, opened, done } = await upload(large, ({ method, nth }) =>
      method === 'PUT' && nth <= 2 ? { status: 0, breaksAt: mib } : undefined,
    );
    await done;
    expect(server.methods()).toBe('POST PUT DELETE POST PUT DELETE POST PUT');
    expect(opened()).toBe(3);
    expect(server.blobs).toEqual(stored(large));
    expect(server.open()).toBe(0);
  });

  test('each time is given up after five tries', async () => {
    const clock = testClock();
    const { server, opened, done } = await upload(
      small,
      ({ method }) => (method === 'PUT' ? { status: 0, breaksAt: 1 } : undefined),
      { clock },
    );
    expect(await errorOf(done)).toMatchObject({ kind: 'network' });
    expect(opened()).toBe(5);
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(5);
    expect(server.open()).toBe(0);
    expect(clock.sleeps).toHaveLength(4);
  });

  test.each([500, 502, 503, 429])('by %d is begun anew', async (status) => {
    const { server, done } = await upload(small, ({ method, nth }) =>
      method === 'PUT' && nth === 1 ? { status } : undefined,
    );
    await done;
    expect(server.methods()).toBe('POST PUT DELETE POST PUT');
    expect(server.blobs).toEqual(stored(small));
  });

  test.each([500, 503, 429])('before it is begun, by %d, is begun again', async (status) => {
    const { server, opened, done } = await upload(small, ({ method, nth }) =>
      method === 'POST' && nth === 1 ? { status } : undefined,
    );
    await done;
    expect(server.methods()).toBe('POST POST PUT');
    expect(opened()).toBe(1);
  });

  test.each([
    [401, 'unauthorized'],
    [403, 'denied'],
    [507, 'no-space'],
    [412, 'refused'],
  ])('by %d, which is final, is taken back, and the registry is asked no more', async (status, kind) => {
    const { server, done } = await upload(small, ({ method }) =>
      method === 'PUT' ? { status, body: '{"errors":[{"code":"X","message":"its own words"}]}' } : undefined,
    );
    const error = await errorOf(done);
    expect(error).toMatchObject({ kind, status });
    expect(error.problems[0]?.message).toContain('its own words');
    expect(server.methods()).toBe('POST PUT DELETE');
    expect(server.open()).toBe(0);
  });

  test.each([403, 507])('by an answer of %d before the body has come is refused, and not broken', async (status) => {
    const { server, opened, done } = await upload(large, ({ method }) =>
      method === 'PUT' ? { status, early: true, body: 'its own words' } : undefined,
    );
    const error = await errorOf(done);
    expect(error.status).toBe(status);
    expect(opened()).toBe(1);
    expect(server.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });
});

describe('a token that expires in the middle', () => {
  /** A registry that takes one token, and from the first PUT or PATCH on another. */
  async function expiring(bytes: Uint8Array, parts: boolean) {
    let valid = 'first';
    const tokens = await serve(() => ({ body: JSON.stringify({ token: valid }) }));
    const challenge = `Bearer realm="http://${tokens.host}/token",service="test"`;
    const server = await uploadServer((request) => {
      const { method, headers } = request;
      if (parts && method === 'PUT' && headers['content-length'] !== '0') return { status: 405 };
      if (method === 'PATCH' ? request.nth === 2 : method === 'PUT' && valid === 'first') valid = 'second';
      if (headers.authorization === `Bearer ${valid}`) return undefined;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    });
    const client = openClient(server.host);
    await client.upload('a', blobOf(bytes), contentOf(bytes).content);
    expect(server.blobs).toEqual(stored(bytes));
    expect(server.open()).toBe(0);
    return server;
  }

  test('is replaced, and the body sent again', async () => {
    const server = await expiring(large, false);
    expect(server.methods().replace('POST POST', 'POST')).toBe('POST PUT PUT');
  });

  test('of a part is replaced, and never is a part of the blob left out', async () => {
    const huge = Buffer.alloc(32 * mib, 'huge ');
    const server = await expiring(huge, true);
    expect(server.parts.length).toBeGreaterThanOrEqual(3);
    for (const { range, digest } of server.parts) {
      const [from = 0, to = 0] = range.split('-').map(Number);
      expect(digest).toBe(digestOf(huge.subarray(from, to + 1)));
    }
  });
});

describe('content that cannot be read', () => {
  const reason = problemError('apply/blob-not-found', 'The source does not have it.');
  const failingAfter = (bytes: Uint8Array): BlobContent =>
    async function* () {
      yield bytes;
      throw reason;
    };

  test.each([
    ['whole', undefined],
    ['in parts', refusingWhole(405)],
  ])('is thrown as it is, not tried again, and the upload taken back: %s', async (_, script) => {
    const server = await uploadServer(script);
    const client = openClient(server.host);
    if (script !== undefined) await client.upload('a', blobOf(small), contentOf(small).content);
    server.seen.length = 0;
    const work = client.upload('a', blobOf(large), failingAfter(large.subarray(0, mib)));
    await expect(work).rejects.toBe(reason);
    expect(server.methods().split(' ').sort().join(' ')).toMatch(/^DELETE( PATCH)? POST( PUT)?$/);
    expect(server.open()).toBe(0);
    expect(server.blobs.has(digestOf(large))).toBe(false);
  });

  test('at its first byte, too', async () => {
    const server = await uploadServer();
    const work = openClient(server.host).upload('a', blobOf(small), async function* () {
      yield* [];
      throw reason;
    });
    await expect(work).rejects.toBe(reason);
    expect(server.open()).toBe(0);
  });

  test('behind its last part is never committed', async () => {
    const server = await uploadServer(refusingWhole(405));
    const client = openClient(server.host);
    await client.upload('a', blobOf(small), contentOf(small).content);
    await expect(client.upload('a', blobOf(large), failingAfter(large))).rejects.toBe(reason);
    expect(server.blobs.has(digestOf(large))).toBe(false);
    expect(server.open()).toBe(0);
  });
});

describe('an interrupt', () => {
  test.each([
    ['whole', undefined],
    ['in parts', refusingWhole(405)],
  ])('ends an upload with its reason, lets the source go, and takes it back: %s', async (_, script) => {
    const stop = new AbortController();
    const reason = new Error('interrupted');
    const server = await uploadServer(script);
    const client = openClient(server.host, { signal: stop.signal });
    if (script !== undefined) await client.upload('a', blobOf(small), contentOf(small).content);
    server.seen.length = 0;
    let isLetGo = false;
    const work = client.upload('a', blobOf(large), async function* (signal) {
      yield large.subarray(0, mib);
      stop.abort(reason);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      isLetGo = true;
      signal.throwIfAborted();
    });
    await expect(work).rejects.toBe(reason);
    expect(isLetGo).toBe(true);
    expect(server.methods()).toContain('DELETE');
    expect(server.open()).toBe(0);
  });
});

describe('a registry that', () => {
  const short = { retry: { tries: 1 }, timeouts: { stallMs: 200, commitMs: 200 } };

  test('takes nothing of a body is a timeout', async () => {
    const { done } = await upload(large, ({ method }) => (method === 'PUT' ? () => {} : undefined), short);
    const error = await errorOf(done);
    expect(error).toMatchObject({ kind: 'timeout' });
    expect(error.problems[0]?.value).toContain('bytes a second');
  });

  test('takes a byte at a time is a timeout', async () => {
    const { done } = await upload(
      large,
      ({ method }) =>
        method === 'PUT'
          ? (incoming) => {
              incoming.pause();
              const timer = setInterval(() => incoming.read(1), 20);
              incoming.once('close', () => clearInterval(timer));
            }
          : undefined,
      short,
    );
    expect(await errorOf(done)).toMatchObject({ kind: 'timeout' });
  });

  test('does not answer once it has the body is a timeout', async () => {
    const { done } = await upload(small, ({ method }) => (method === 'PUT' ? 'never' : undefined), short);
    const error = await errorOf(done);
    expect(error).toMatchObject({ kind: 'timeout' });
    expect(error.problems[0]?.value).toContain('after the body');
  });

  test('waits for a source that is slower than the registry may be is not to blame', async () => {
    const server = await uploadServer();
    const client = openClient(server.host, short);
    await client.upload('a', blobOf(small), async function* () {
      await new Promise((resolve) => setTimeout(resolve, 500));
      yield small;
    });
    expect(server.blobs).toEqual(stored(small));
  });
});

describe('the parts of a blob', () => {
  const anyBytes = fc.uint8Array({ maxLength: 300 });

  test('are together the blob, each of the size that was asked for but the last, however its bytes come', async () => {
    const property = fc.asyncProperty(
      anyBytes,
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      async (bytes, chunks, sizes) => {
        const reader = partReader(inChunks(bytes, chunks));
        const parts: Buffer[] = [];
        let at = 0;
        for (let number = 0; at < bytes.byteLength; number += 1) {
          const size = Math.min(sizes[number % sizes.length] ?? 1, bytes.byteLength - at);
          const part: Uint8Array[] = [];
          for await (const chunk of reader.next(size)) part.push(chunk);
          parts.push(Buffer.concat(part));
          expect(parts.at(-1)?.byteLength).toBe(size);
          at += size;
        }
        await reader.finish();
        expect(Buffer.concat(parts).equals(Buffer.from(bytes))).toBe(true);
      },
    );
    await fc.assert(property);
  });

  async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (let number = 0; at < bytes.byteLength; number += 1) {
      const size = sizes[number % sizes.length] ?? 1;
      // Sizes that are all nothing would never end.
      const chunk = bytes.subarray(at, at + (sizes.every((one) => one === 0) ? 1 : size));
      at += chunk.byteLength;
      yield chunk;
    }
  }
});
