import { describe, expect, test } from 'vitest';
import { manifestAccept } from '../../src/registry/media-types.ts';
import type { Answer } from '../support/scripted-server.ts';
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

  test('that the registry answers with 201 and its digest is believed', async () => {
    const server = await serve(() => created);
    await openClient(server.host).put('a', tag, index);
    expect(server.lines()).toEqual(['GET /v2/', 'PUT /v2/a/manifests/1.0']);
  });

  const unclear: readonly Answer[] = [
    { status: 201 },
    { status: 201, headers: { 'docker-content-digest': 'sha512:beef' } },
    ...[200, 202, 204].map((status) => ({ status })),
    { ...created, status: 200 },
  ];

  test.each(unclear)('answered by %j is looked at again, and is done when the digest is there', async (answer) => {
    const server = await serve(({ method }) => (method === 'PUT' ? answer : served(index)));
    await openClient(server.host).put('a', tag, index);
    expect(server.lines().slice(1)).toEqual(['PUT /v2/a/manifests/1.0', 'HEAD /v2/a/manifests/1.0']);
  });

  test.each(unclear)('answered by %j is an error where nothing, or another digest, is there', async (answer) => {
    const server = await serve(({ method }, nth) =>
      method === 'PUT' ? answer : nth === 2 ? { status: 404 } : served(other),
    );
    const client = openClient(server.host);
    const lost = await errorOf(client.put('a', tag, index));
    expect(lost.problems[0]).toMatchObject({
      code: 'registry/bad-answer',
      message: expect.stringMatching(
        /^PUT .*\/a:1\.0: the registry took the manifest \(20\d\), and does not have it\.$/,
      ),
    });
    expect(await errorOf(client.put('a', tag, index))).toMatchObject({ kind: 'digest-mismatch' });
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

describe('at a destination', () => {
  const destination = { isDestination: true };
  const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  const withoutDigest = { headers: { 'content-type': indexType }, body: index.bytes };

  test.each([
    ['no digest', withoutDigest],
    ['another kind of digest', served(index, { 'docker-content-digest': 'sha512:beef' })],
  ])('a HEAD with %s is followed by one GET, which counts', async (_, answer) => {
    const server = await serve(() => answer);
    const client = openClient(server.host, destination);
    expect(await client.head('a', tag)).toEqual({
      ...{ digest: index.digest, mediaType: indexType, size: index.bytes.byteLength },
    });
    expect(server.lines().slice(1)).toEqual(['HEAD /v2/a/manifests/1.0', 'GET /v2/a/manifests/1.0']);
    expect(client.counts).toMatchObject({ manifestHead: 1, manifestGet: 1 });
  });

  test('a HEAD that names the digest costs no GET', async () => {
    const server = await serve(() => served(index));
    const client = openClient(server.host, destination);
    expect((await client.head('a', tag))?.digest).toBe(index.digest);
    expect(client.counts.manifestGet).toBe(0);
  });

  test('what a GET after HEAD does not find, or has another digest than was asked for, is not there', async () => {
    const server = await serve(({ method }) => (method === 'HEAD' ? withoutDigest : { status: 404 }));
    expect(await openClient(server.host, destination).head('a', tag)).toBeUndefined();
    const lying = await serve(() => ({ ...withoutDigest, body: other.bytes }));
    const error = await errorOf(openClient(lying.host, destination).head('a', index.digest));
    expect(error.kind).toBe('digest-mismatch');
  });

  test.each([schema1, 'application/vnd.oci.artifact.manifest.v1+json', ''])(
    'a manifest of the type %j is something else, by HEAD and by GET',
    async (mediaType) => {
      const server = await serve(() => served({ ...index, mediaType }));
      const client = openClient(server.host, destination);
      expect(await client.head('a', tag)).toMatchObject({ digest: index.digest, mediaType });
      expect(await client.get('a', tag)).toMatchObject({ digest: index.digest, mediaType });
    },
  );

  test('a schema 1 manifest, whose digest is not that of all its bytes, has the digest that the registry gives', async () => {
    const server = await serve(() => served({ ...index, mediaType: schema1, bytes: other.bytes }));
    expect(await openClient(server.host, destination).get('a', tag)).toMatchObject({ digest: index.digest });
  });

  test('a web page is still an error, and so are 401 and 403', async () => {
    const page = { headers: { 'content-type': 'text/html', 'docker-content-digest': index.digest }, body: '<p>' };
    for (const answer of [page, { status: 401 }, { status: 403 }]) {
      const server = await serve(() => answer);
      await errorOf(openClient(server.host, destination).head('a', tag));
      expect(server.lines().filter((line) => line.startsWith('GET /v2/a'))).toEqual([]);
    }
  });
});

describe('DELETE of a manifest', () => {
  test.each([[200], [202], [204]])('answered by %i is done when a HEAD says that it is gone', async (status) => {
    const server = await serve(({ method }) => ({ status: method === 'DELETE' ? status : 404 }));
    const client = openClient(server.host);
    expect(await client.delete('a', index.digest)).toBe(true);
    expect(
      server
        .lines()
        .slice(1)
        .map((line) => line.split(' ')[0]),
    ).toEqual(['DELETE', 'HEAD']);
  });

  test('of what was not there tells so', async () => {
    const server = await serve(() => ({ status: 404 }));
    expect(await openClient(server.host).delete('a', index.digest)).toBe(false);
  });

  test.each([[200], [202], [204], [404]])('answered by %i that is still there is refused', async (status) => {
    const server = await serve(({ method }) => (method === 'DELETE' ? { status } : served(index)));
    const client = openClient(server.host);
    const byTag = await errorOf(client.delete('a', tag));
    expect(byTag).toMatchObject({ kind: 'refused', status });
    expect(byTag.problems[0]?.hint).toContain('only digests');
    const byDigest = await errorOf(client.delete('a', index.digest));
    expect(byDigest.problems[0]?.message).toContain(`the registry answered ${status}, and still has it.`);
  });

  test('that cannot be looked at again is an error', async () => {
    const server = await serve(({ method }) => ({ status: method === 'DELETE' ? 202 : 403 }));
    expect(await errorOf(openClient(server.host).delete('a', tag))).toMatchObject({ kind: 'denied' });
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
