import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest-of.ts';
import { errorOf, openClient, serve } from './support.ts';

const digest = digestOf(Buffer.from('a blob'));
const uploads = '/v2/to/blobs/uploads/';

describe('a HEAD of a blob', () => {
  test('tells its size, or nothing where the registry does not say it', async () => {
    let headers: Record<string, string> = { 'content-length': '6' };
    const server = await serve(() => (response) => response.writeHead(200, headers).end());
    const client = openClient(server.host);
    expect(await client.headBlob('a', digest)).toEqual({ size: 6 });
    headers = {};
    expect(await client.headBlob('a', digest)).toEqual({});
    expect(server.lines().slice(-2)).toEqual(Array(2).fill(`HEAD /v2/a/blobs/${digest}`));
    expect(client.counts.blobHead).toBe(2);
  });

  test('of what is not there is no error; 401, 403 and 500 are never absence', async () => {
    let status = 404;
    const server = await serve(() => ({ status }));
    const client = openClient(server.host, { retry: { tries: 1 } });
    expect(await client.headBlob('a', digest)).toBeUndefined();
    for (const [answer, kind] of [
      [401, 'unauthorized'],
      [403, 'denied'],
      [500, 'server'],
    ] as const) {
      status = answer;
      expect(await errorOf(client.headBlob('a', digest))).toMatchObject({ kind, status });
    }
  });
});

describe('a GET of a blob', () => {
  const read = async (answer: Parameters<typeof serve>[0], from?: number) => {
    const server = await serve(answer);
    const body = await openClient(server.host).openBlob('a', digest, from);
    const chunks: Buffer[] = [];
    for await (const chunk of body?.stream ?? []) chunks.push(chunk);
    return { offset: body?.offset, bytes: Buffer.concat(chunks).toString(), headers: server.seen.at(-1)?.headers };
  };

  test('from its start asks for no range', async () => {
    const { offset, bytes, headers } = await read(() => ({ body: 'a blob' }));
    expect([offset, bytes, headers?.range]).toEqual([0, 'a blob', undefined]);
  });

  test('from the middle asks for the rest, and says where what comes begins', async () => {
    const part = { status: 206, headers: { 'content-range': 'bytes 2-5/6' }, body: 'blob' };
    const { offset, bytes, headers } = await read(() => part, 2);
    expect([offset, bytes, headers?.range]).toEqual([2, 'blob', 'bytes=2-']);
    expect((await read(() => ({ body: 'a blob' }), 2)).offset).toBe(0);
    expect((await read(() => ({ status: 206, body: 'blob' }), 2)).offset).toBeNaN();
  });

  test('of what is not there gives nothing', async () => {
    const server = await serve(() => ({ status: 404 }));
    expect(await openClient(server.host).openBlob('a', digest)).toBeUndefined();
  });
});

describe('a mount', () => {
  test('that is made is one request', async () => {
    const server = await serve(() => ({ status: 201 }));
    const client = openClient(server.host);
    expect(await client.mount('to', digest, 'from/here')).toBe('mounted');
    expect(server.lines().slice(1)).toEqual([`POST ${uploads}?mount=${encodeURIComponent(digest)}&from=from%2Fhere`]);
    expect(client.counts).toMatchObject({ blobMount: 1, blobUpload: 0 });
  });

  test('from the repository itself is an upload that asks first, and needs no right beside its own', async () => {
    const server = await serve(() => ({ status: 202, headers: { location: `${uploads}u` } }));
    const client = openClient(server.host);
    expect(await client.mount('to', digest, 'to')).toMatchObject({ isElsewhere: false });
    expect(client.counts).toMatchObject({ blobMount: 0, blobUpload: 1 });
  });

  test('that is not made begins an upload, with the least that its parts may have', async () => {
    const headers = { location: `${uploads}u?_state=1`, 'oci-chunk-min-length': '1000' };
    const server = await serve(() => ({ status: 202, headers }));
    expect(await openClient(server.host).mount('to', digest, 'from')).toEqual({
      url: new URL(`http://${server.host}${uploads}u?_state=1`),
      isElsewhere: false,
      leastPart: 1_000,
    });
  });

  test.each(['', '-1', 'many', '1e9', `${'9'.repeat(20)}`])('takes %j for no length', async (least) => {
    const headers = { location: `${uploads}u`, 'oci-chunk-min-length': least };
    const server = await serve(() => ({ status: 202, headers }));
    expect(await openClient(server.host).mount('to', digest, 'from')).toMatchObject({ leastPart: 0 });
  });

  test('from what is not there says so', async () => {
    const server = await serve(() => ({ status: 404 }));
    expect(await openClient(server.host).mount('to', digest, 'from')).toBe('not-found');
  });

  test('that is refused is an error', async () => {
    const server = await serve(() => ({ status: 403 }));
    expect(await errorOf(openClient(server.host).mount('to', digest, 'from'))).toMatchObject({ kind: 'denied' });
  });
});
