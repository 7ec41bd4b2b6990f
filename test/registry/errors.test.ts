import { describe, expect, test } from 'vitest';
import { type RegistryErrorKind, retryTable } from '../../src/registry/error-kinds.ts';
import { describeRequest, RegistryError } from '../../src/registry/errors.ts';
import { retryDelay } from '../../src/registry/http/retry.ts';
import { errorOf, makeIndex, openClient, serve, served, tag, testClock } from './support.ts';

const index = makeIndex();
const json = (code: string, message: string, detail?: unknown): string =>
  JSON.stringify({ errors: [{ code, message, detail }] });
const request = { method: 'HEAD', host: 'registry.example.com', repository: 'library/golang', reference: '1.27' };

describe('the table of errors', () => {
  const policy = { tries: 5, longestWaitMs: 300_000 };
  /** What is promised; the table has to say the same. Waits are those before the second and third try. */
  const promised: Record<RegistryErrorKind, readonly [number, number] | 'never'> = {
    unauthorized: 'never',
    denied: 'never',
    'not-found': 'never',
    'rate-limited': [5_000, 10_000],
    server: [1_000, 2_000],
    network: [1_000, 2_000],
    timeout: [1_000, 2_000],
    tls: 'never',
    'not-a-registry': 'never',
    'bad-answer': 'never',
    'media-type': 'never',
    'no-digest': 'never',
    'digest-mismatch': 'never',
    'too-large': 'never',
    refused: 'never',
    'no-space': 'never',
    redirect: 'never',
    'unsafe-auth': 'never',
  };

  test.each(Object.keys(retryTable) as RegistryErrorKind[])('decides about %s', (kind) => {
    const error = new RegistryError({ kind, request, summary: 'x' });
    const waits = [retryDelay(error, 1, policy), retryDelay(error, 2, policy)];
    expect(waits).toEqual(promised[kind] === 'never' ? [undefined, undefined] : promised[kind]);
    expect(retryDelay(error, 5, policy)).toBeUndefined();
    expect(error.problems[0]?.code).toBe(`registry/${kind}`);
    expect(error.exitCode).toBe(1);
  });

  test('lets a Retry-After replace the wait, up to the longest', () => {
    const waitFor = (retryAfterMs: number) =>
      retryDelay(new RegistryError({ kind: 'rate-limited', request, summary: 'x', retryAfterMs }), 1, policy);
    expect([waitFor(0), waitFor(7_000), waitFor(300_000), waitFor(300_001)]).toEqual([
      1_000,
      7_000,
      300_000,
      undefined,
    ]);
  });

  test('does not let other errors be tried again', () => {
    expect(retryDelay(new TypeError('a bug'), 1, policy)).toBeUndefined();
  });
});

describe('the text of an error', () => {
  test('names method, host, repository and reference', () => {
    expect(describeRequest(request)).toBe('HEAD registry.example.com/library/golang:1.27');
    expect(describeRequest({ ...request, reference: index.digest })).toContain(`golang@${index.digest}`);
    expect(describeRequest({ method: 'GET', host: 'h' })).toBe('GET h');
  });

  test('has the status, what the registry says, and what to do', async () => {
    const server = await serve(() => ({
      status: 403,
      body: json('DENIED', 'requested access to the resource is denied'),
    }));
    const error = await errorOf(openClient(server.host).get('library/golang', tag));
    expect(error.status).toBe(403);
    expect(error.problems[0]?.message).toBe(
      `GET ${server.host}/library/golang:1.0: access is denied (403). ` +
        'The registry says: DENIED: requested access to the resource is denied',
    );
    expect(error.problems[0]?.hint).toContain(server.host);
  });

  test.each([
    ['control characters', json('X\u001b[31m', 'red\r\n\u0007alert\u202e\u2028x\u0000'), 'X [31m: red alert x'],
    [
      'plain text',
      'toomanyrequests: You have reached\nyour pull rate limit',
      'toomanyrequests: You have reached your pull',
    ],
    ['a token server', '{"details":"incorrect username or password"}', 'incorrect username or password'],
    ['2 KB of words', 'x'.repeat(2_048), 'x'.repeat(2_048)],
    ['a wall of text', 'x'.repeat(50_000), `${'x'.repeat(2_047)}…`],
  ])('is clean and short with %s', async (_, body, expected) => {
    const server = await serve(() => ({ status: 403, body }));
    const message = (await errorOf(openClient(server.host).get('a', tag))).problems[0]?.message ?? '';
    expect(message).toContain(`The registry says: ${expected}`);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
    expect(message.length).toBeLessThan(2_200);
  });

  test('leaves a web page out', async () => {
    const server = await serve(() => ({ status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad</h1>' }));
    const error = await errorOf(openClient(server.host, { retry: { tries: 1 } }).get('a', tag));
    expect(error.problems[0]?.message).toMatch(/the registry failed \(502\)\.$/);
  });
});

describe('an answer to a read', () => {
  test.each<[number, RegistryErrorKind]>([
    [400, 'bad-answer'],
    [401, 'unauthorized'],
    [403, 'denied'],
    [408, 'timeout'],
    [429, 'rate-limited'],
    [500, 'server'],
    [503, 'server'],
    [204, 'bad-answer'],
    [304, 'bad-answer'],
  ])('of %i is %s', async (status, kind) => {
    const server = await serve(() => ({ status }));
    const client = openClient(server.host, { retry: { tries: 1 } });
    expect((await errorOf(client.head('a', tag))).kind).toBe(kind);
    expect((await errorOf(client.get('a', tag))).kind).toBe(kind);
    expect((await errorOf(client.listTags('a'))).kind).toBe(kind);
  });

  test('of 401 and 403 is never taken for absence', async () => {
    for (const status of [401, 403]) {
      const server = await serve(() => ({ status }));
      await expect(openClient(server.host).head('a', tag)).rejects.toBeInstanceOf(RegistryError);
      await expect(openClient(server.host).get('a', tag)).rejects.toBeInstanceOf(RegistryError);
      await expect(openClient(server.host).listTags('a')).rejects.toBeInstanceOf(RegistryError);
      await expect(openClient(server.host).delete('a', index.digest)).rejects.toBeInstanceOf(RegistryError);
    }
  });
});

describe('an answer to a PUT', () => {
  test.each<[number, string, RegistryErrorKind]>([
    [400, json('MANIFEST_INVALID', 'manifest invalid'), 'refused'],
    [404, json('MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry'), 'refused'],
    [404, json('NAME_UNKNOWN', 'repository name not known to registry'), 'not-found'],
    [405, json('UNSUPPORTED', 'The operation is unsupported.'), 'refused'],
    [412, json('PRECONDITION', 'tag is immutable'), 'refused'],
    [413, '', 'refused'],
    [415, '', 'refused'],
    [507, '', 'no-space'],
    [
      500,
      json('UNKNOWN', 'unknown error', { DriverName: 'filesystem', Enclosed: { Op: 'mkdir', Err: 28 } }),
      'no-space',
    ],
    [500, json('UNKNOWN', 'write /var/lib/registry: no space left on device'), 'no-space'],
    [
      500,
      json('UNKNOWN', 'unknown error', { DriverName: 'filesystem', Enclosed: { Op: 'mkdir', Err: 30 } }),
      'refused',
    ],
    [500, json('UNKNOWN', 'unknown error', { Err: 280 }), 'server'],
    [500, 'oops', 'server'],
  ])('of %i with %j is %s', async (status, body, kind) => {
    const server = await serve(() => ({ status, body }));
    const error = await errorOf(openClient(server.host, { retry: { tries: 1 } }).put('a', tag, index));
    expect(error.kind).toBe(kind);
  });
});

describe('what is no registry', () => {
  test.each([
    ['a web page with 200', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['a web page with 404', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['404', { status: 404 }],
    ['another thing', { status: 418 }],
    ['a TLS server asked in plain HTTP', { status: 400, body: 'Client sent an HTTP request to an HTTPS server.' }],
  ])('is said so at once where /v2/ answers with %s', async (_, answer) => {
    const server = await serve(() => served(index), { ping: () => answer });
    const error = await errorOf(openClient(server.host).head('a', tag));
    expect(error.kind).toBe('not-a-registry');
    expect(server.lines()).toEqual(['GET /v2/']);
  });

  test('a 404 that is a web page is no absence', async () => {
    const server = await serve(() => ({ status: 404, headers: { 'content-type': 'text/html' } }));
    expect((await errorOf(openClient(server.host).put('a', tag, index))).kind).toBe('not-a-registry');
  });
});

describe('trying again', () => {
  test('ends with the answer, and counts each try', async () => {
    const server = await serve((_, nth) => (nth < 3 ? { status: 503 } : served(index)));
    const clock = testClock();
    const client = openClient(server.host, { clock });
    expect((await client.get('a', tag))?.digest).toBe(index.digest);
    expect(client.counts).toMatchObject({ manifestGet: 3, auth: 1 });
    expect(clock.sleeps).toEqual([1_000, 2_000]);
  });

  test('ends after five tries with the last error', async () => {
    const server = await serve(() => ({ status: 500 }));
    const client = openClient(server.host);
    expect((await errorOf(client.head('a', tag))).kind).toBe('server');
    expect(client.counts.manifestHead).toBe(5);
  });

  test('is not for what cannot change', async () => {
    const server = await serve(() => ({ status: 403 }));
    const client = openClient(server.host);
    await errorOf(client.head('a', tag));
    expect(client.counts.manifestHead).toBe(1);
  });

  test('a registry that is away is found out once, however many requests wait', async () => {
    const server = await serve(() => served(index), { ping: () => ({ status: 500 }) });
    const clock = testClock();
    const client = openClient(server.host, { clock });
    const errors = await Promise.all(Array.from({ length: 100 }, () => errorOf(client.head('a', tag))));
    expect(new Set(errors.map(({ kind }) => kind))).toEqual(new Set(['server']));
    expect(server.lines()).toEqual(Array(5).fill('GET /v2/'));
    expect(client.counts).toMatchObject({ auth: 5, manifestHead: 0 });
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
  });
});
