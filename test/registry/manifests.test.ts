import { describe, expect, test } from 'vitest';
import { manifestAccept } from '../../src/registry/media-types.ts';
import { errorOf, indexType, makeIndex, openClient, serve, served, tag } from './support.ts';

const index = makeIndex();
const other = makeIndex([{ digest: index.digest, mediaType: indexType, size: 1 }]);

describe('HEAD of a manifest', () => {
  test('gives digest, media type and size, and asks for all four media types', async () => {
    const server = await serve(() => served(index, { 'content-length': String(index.bytes.byteLength) }));
    const head = await openClient(server.host).head('library/golang', tag);
    expect(head).toEqual({ digest: index.digest, mediaType: indexType, size: index.bytes.byteLength });
    expect(server.lines()).toEqual(['GET /v2/', 'HEAD /v2/library/golang/manifests/1.0']);
    expect(server.seen[1]?.headers.accept).toBe(manifestAccept);
    expect(manifestAccept.split(', ')).toHaveLength(4);
  });

  test('is undefined for a 404', async () => {
    const server = await serve(() => ({ status: 404 }));
    expect(await openClient(server.host).head('library/golang', tag)).toBeUndefined();
  });

  test.each([[401], [403], [405], [500]])('is an error for a %i, and never falls back to GET', async (status) => {
    const server = await serve(() => ({ status }));
    const client = openClient(server.host, { retry: { tries: 2 } });
    await errorOf(client.head('library/golang', tag));
    expect(server.seen.filter(({ method, path }) => method === 'GET' && path !== '/v2/')).toEqual([]);
    expect(client.counts.manifestGet).toBe(0);
  });

  test('without Docker-Content-Digest is an error', async () => {
    const server = await serve(() => ({ headers: { 'content-type': indexType } }));
    expect(await errorOf(openClient(server.host).head('a', tag))).toMatchObject({ kind: 'no-digest' });
  });

  test('with something else than a sha256 digest is an error that shows it', async () => {
    const headers = { 'content-type': indexType, 'docker-content-digest': 'sha512:beef' };
    const server = await serve(() => ({ headers }));
    const error = await errorOf(openClient(server.host).head('a', tag));
    expect(error.problems).toMatchObject([{ code: 'registry/no-digest', value: 'sha512:beef' }]);
  });

  test('by digest that answers with another one is an error', async () => {
    const server = await serve(() => served(other));
    expect(await errorOf(openClient(server.host).head('a', index.digest))).toMatchObject({ kind: 'digest-mismatch' });
  });
});

describe('GET of a manifest', () => {
  test('gives the very bytes', async () => {
    const server = await serve(() => served(index));
    expect(await openClient(server.host).get('a', index.digest)).toEqual(index);
  });

  test('works without Docker-Content-Digest, since the bytes tell', async () => {
    const server = await serve(() => ({
      headers: { 'content-type': `${indexType}; charset=utf-8` },
      body: index.bytes,
    }));
    expect(await openClient(server.host).get('a', tag)).toEqual(index);
  });

  test('with bytes of another digest than asked for is an error', async () => {
    const server = await serve(() => ({ headers: { 'content-type': indexType }, body: other.bytes }));
    expect(await errorOf(openClient(server.host).get('a', index.digest))).toMatchObject({ kind: 'digest-mismatch' });
  });

  test('with bytes of another digest than the header is an error, also by tag', async () => {
    const server = await serve(() => served({ ...index, bytes: other.bytes }));
    const error = await errorOf(openClient(server.host).get('a', tag));
    expect(error).toMatchObject({ kind: 'digest-mismatch', exitCode: 1 });
    expect(server.lines().filter((line) => line.includes('manifests'))).toHaveLength(1);
  });

  test('with an unknown media type is an error that shows it', async () => {
    const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    const server = await serve(() => served({ ...index, mediaType: type }));
    const error = await errorOf(openClient(server.host).get('a', tag));
    expect(error.problems).toMatchObject([{ code: 'registry/media-type', value: type }]);
  });

  test('that gives a web page with 200 is an error', async () => {
    const page = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<h1>Hotel wifi</h1>' };
    const server = await serve(() => page);
    expect(await errorOf(openClient(server.host).get('a', tag))).toMatchObject({ kind: 'not-a-registry' });
  });

  test.each([
    ['announced', { 'content-length': String(5 * 1024 * 1024) }],
    ['not announced', { 'transfer-encoding': 'chunked' }],
  ])('larger than 4 MiB, %s, is an error', async (_, headers) => {
    const server = await serve(() => (response) => {
      response.writeHead(200, { 'content-type': indexType, ...headers });
      response.on('error', () => response.destroy());
      response.end(Buffer.alloc(5 * 1024 * 1024, ' '));
    });
    expect(await errorOf(openClient(server.host).get('a', tag))).toMatchObject({ kind: 'too-large' });
  });

  test('of exactly 4 MiB is read', async () => {
    const bytes = Buffer.alloc(4 * 1024 * 1024, ' ');
    const server = await serve(() => ({ headers: { 'content-type': indexType }, body: bytes }));
    expect((await openClient(server.host).get('a', tag))?.bytes).toHaveLength(bytes.byteLength);
  });
});

describe('PUT of a manifest', () => {
  const created = { status: 201, headers: { 'docker-content-digest': index.digest } };

  test('sends the very bytes under their media type', async () => {
    const server = await serve(() => created);
    await openClient(server.host).put('library/golang', tag, index);
    expect(server.seen[1]).toMatchObject({ method: 'PUT', path: '/v2/library/golang/manifests/1.0' });
    expect(server.seen[1]?.headers['content-type']).toBe(indexType);
    expect(server.seen[1]?.body).toBe(Buffer.from(index.bytes).toString());
  });

  test.each([[200], [202], [204]])('answered by %i is an error: only 201 says that it is stored', async (status) => {
    const server = await serve(() => ({ status }));
    await errorOf(openClient(server.host).put('a', tag, index));
  });

  test('that the registry stores under another digest is an error', async () => {
    const server = await serve(() => ({ status: 201, headers: { 'docker-content-digest': other.digest } }));
    expect(await errorOf(openClient(server.host).put('a', tag, index))).toMatchObject({ kind: 'digest-mismatch' });
  });

  test('of bytes that are not what their digest says is not sent', async () => {
    const server = await serve(() => created);
    const client = openClient(server.host);
    const wrong = { ...index, bytes: other.bytes };
    expect(await errorOf(client.put('a', tag, wrong))).toMatchObject({ kind: 'digest-mismatch' });
    expect(await errorOf(client.put('a', other.digest, index))).toMatchObject({ kind: 'digest-mismatch' });
    expect(server.seen).toEqual([]);
  });
});

describe('DELETE of a manifest', () => {
  test('tells whether there was one', async () => {
    const server = await serve((_, nth) => ({ status: nth === 1 ? 202 : 404 }));
    const client = openClient(server.host);
    expect(await client.delete('a', index.digest)).toBe(true);
    expect(await client.delete('a', index.digest)).toBe(false);
    expect(client.counts.manifestDelete).toBe(2);
  });

  test.each([[400], [405]])('that is switched off (%i) is refused', async (status) => {
    const server = await serve(() => ({ status }));
    expect(await errorOf(openClient(server.host).delete('a', index.digest))).toMatchObject({ kind: 'refused' });
  });
});

describe('names from outside', () => {
  test.each(['', '../x', 'a//b', 'A', 'a/', 'a?b', 'a/manifests/../..', 'x'.repeat(256)])(
    'a repository such as %j is not asked for',
    async (repository) => {
      const server = await serve(() => served(index));
      await expect(openClient(server.host).head(repository, tag)).rejects.toThrow(/registry\/bad-repository/);
      await expect(openClient(server.host).listTags(repository)).rejects.toThrow(/registry\/bad-repository/);
      expect(server.seen).toEqual([]);
    },
  );

  test.each(['', 'a/b', 'a b', 'user@host', 'http://host', 'host:port', 'host:999999', '-a', 'a..b', '[::1'])(
    'a host such as %j is refused',
    (host) => {
      expect(() => openClient(host)).toThrow(/registry\/bad-host/);
    },
  );

  test.each(['localhost', 'a-b.example.com', 'registry.example.com:5000', '[::1]:5000', '127.0.0.1:1'])(
    'a host such as %j is taken',
    (host) => {
      expect(openClient(host).address.host).toBe(host);
    },
  );
});
