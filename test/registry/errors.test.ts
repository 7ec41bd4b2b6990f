import { describe, expect, test } from 'vitest';
import { answerError } from '../../src/registry/answer-error.ts';
import { type RegistryErrorKind, retryTable } from '../../src/registry/error-kinds.ts';
import { describeRequest, RegistryError } from '../../src/registry/errors.ts';
import { retryDelay } from '../../src/registry/retry.ts';
import { errorOf, makeIndex, openClient, serve, served, tag, testClock } from './support.ts';

const index = makeIndex();
const json = (code: string, message: string, detail?: unknown): string =>
  JSON.stringify({ errors: [{ code, message, detail }] });
const twoErrors = JSON.stringify({
  errors: [
    { code: 'A', message: 'a', detail: { digest: 'sha256:0' } },
    { code: 'B', message: 'b', detail: 'why' },
    { code: 'C', message: 'c', detail: {} },
  ],
});
const request = { method: 'HEAD', host: 'registry.example.com', repository: 'library/golang', reference: '1.27' };

describe('the table of errors', () => {
  const policy = { tries: 5, longestWaitMs: 300_000 };
  /** What is promised; the table has to say the same. Waits are those before the second and third try. */
  const promised: Record<RegistryErrorKind, readonly [number, number] | 'never'> = {
    unauthorized: 'never',
    denied: 'never',
    'not-found': 'never',
    'no-repository': 'never',
    'rate-limited': [5_000, 10_000],
    server: [1_000, 2_000],
    upload: [1_000, 2_000],
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
    quota: 'never',
    immutable: 'never',
    'body-too-large': 'never',
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
    ['two errors, and their details', twoErrors, 'A: a ({"digest":"sha256:0"}); B: b (why)'],
    ['2 KB of words', 'x'.repeat(2_048), 'x'.repeat(2_048)],
    ['a wall of text', 'x'.repeat(50_000), `${'x'.repeat(2_047)}…`],
  ])('is clean and at most 2 KB long with %s', async (_, body, expected) => {
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
    [501, 'bad-answer'],
    [503, 'server'],
    [507, 'no-space'],
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
    [404, json('NAME_UNKNOWN', 'repository name not known to registry'), 'no-repository'],
    [404, '', 'no-repository'],
    [405, json('UNSUPPORTED', 'The operation is unsupported.'), 'refused'],
    [409, json('TAG_ALREADY_EXISTS', 'tag was already pushed'), 'immutable'],
    [412, json('PRECONDITION', "Failed to process request due to 'a:1.0' configured as immutable."), 'immutable'],
    [412, '', 'refused'],
    [413, '', 'body-too-large'],
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
    [500, json('UNKNOWN', 'unknown error', { Enclosed: { Op: 'write', Err: 122 } }), 'quota'],
    [500, json('UNKNOWN', 'unknown error', { Err: 280 }), 'server'],
    [500, 'oops', 'server'],
  ])('of %i with %j is %s', async (status, body, kind) => {
    const server = await serve(() => ({ status, body }));
    const error = await errorOf(openClient(server.host, { retry: { tries: 1 } }).put('a', tag, index));
    expect(error.kind).toBe(kind);
  });
});

describe('an answer to an upload', () => {
  const answer = (status: number, body: string, headers = {}) => ({
    ...{ url: new URL('http://h/'), status, headers, body: Buffer.from(body) },
  });
  const kindOf = (method: string, status: number, body = '') =>
    answerError(answer(status, body), { method, host: 'h', repository: 'a/b' }, 0).kind;

  test.each<[number, RegistryErrorKind]>([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'denied'],
    [404, 'no-repository'],
    [405, 'refused'],
    [408, 'timeout'],
    [409, 'refused'],
    [411, 'refused'],
    [412, 'refused'],
    [413, 'body-too-large'],
    [415, 'refused'],
    [416, 'upload'],
    [429, 'rate-limited'],
    [500, 'server'],
    [501, 'refused'],
    [502, 'server'],
    [503, 'server'],
    [504, 'server'],
    [505, 'refused'],
    [507, 'no-space'],
  ])('of %i is %s, to POST, PATCH and PUT', (status, kind) => {
    for (const method of ['POST', 'PATCH', 'PUT']) expect(kindOf(method, status)).toBe(kind);
  });

  test('by which the registry lost track of it makes another one begin', () => {
    expect(kindOf('PATCH', 404, json('BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry'))).toBe('upload');
    expect(kindOf('PUT', 400, json('BLOB_UPLOAD_INVALID', 'blob upload invalid'))).toBe('upload');
    expect(retryTable.upload.retry).toBe(true);
  });

  test.each([
    [
      'Harbor',
      403,
      'adding 5.2 MiB of storage resource, which when updated to current usage of 9.7 MiB will exceed the configured upper limit of 10.0 MiB.',
    ],
    ['Quay', 403, 'Quota has been exceed on namespace'],
    ['Quay, earlier', 413, 'quota exceeded'],
  ])('of %s for its quota (%i) is that, for every write', (_, status, message) => {
    for (const method of ['POST', 'PATCH', 'PUT'])
      expect(kindOf(method, status, json('DENIED', message))).toBe('quota');
  });

  test('about a quota of pulls is no quota of room', () => {
    expect(kindOf('GET', 403, 'pull traffic quota exceeded')).toBe('denied');
    expect(kindOf('PUT', 429, 'quota of requests exceeded')).toBe('rate-limited');
  });
});

describe('the hint', () => {
  const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
  const hintOf = (host: string, status: number, body: string, headers = {}, method = 'PUT') =>
    answerError(
      { url: new URL('http://h/'), status, headers, body: Buffer.from(body) },
      { method, host, repository: 'library/golang' },
      0,
    ).problems[0]?.hint;

  test('for an absent repository at ECR has the command that makes it', () => {
    const unknown = json('NAME_UNKNOWN', "The repository with name 'library/golang' does not exist in the registry");
    for (const method of ['PUT', 'POST']) {
      expect(hintOf(ecr, 404, unknown, {}, method)).toMatch(
        /`aws ecr --region eu-west-1 create-repository --repository-name library\/golang`.*creation template/,
      );
    }
    expect(hintOf('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 404, unknown)).toContain('--region cn-north-1');
    expect(hintOf('123456789012.dkr-ecr.us-east-1.on.aws', 404, unknown)).toContain('--region us-east-1');
    expect(hintOf('dkr.ecr.eu-west-1.amazonaws.com.example', 404, unknown)).not.toContain('aws ecr');
  });

  test('for an immutable tag, and for a login that has ended, at ECR has the command too', () => {
    const taken = json(
      'TAG_INVALID',
      "The image tag '1.0' already exists in the 'library/golang' repository and cannot be overwritten because the repository is immutable.",
    );
    expect(hintOf(ecr, 400, taken)).toContain('put-image-tag-mutability --repository-name library/golang');
    expect(
      hintOf(ecr, 403, 'Your authorization token has expired. Reauthenticate and try again.', {}, 'HEAD'),
    ).toContain(`aws ecr --region eu-west-1 get-login-password | docker login --username AWS --password-stdin ${ecr}`);
  });

  test.each([
    ['Harbor’s quota', 'h', 403, 'adding 1 MiB will exceed the configured upper limit of 1 MiB.', {}, 'Project Quotas'],
    ['Harbor’s immutable tags', 'h', 412, "due to 'golang:1' configured as immutable.", {}, 'Tag Immutability'],
    [
      'an absent project of Harbor',
      'h',
      404,
      json('NOT_FOUND', 'project library not found'),
      {},
      'project library in Harbor',
    ],
    ['the limit of nginx', 'h', 413, '<html>', { server: 'nginx/1.27.1' }, 'The nginx before the registry'],
    ['the limit of somebody', 'h', 413, '', { server: 'Apache' }, 'or of the proxy before it'],
    ['GHCR', 'ghcr.io', 403, json('DENIED', 'permission_denied: write_package'), {}, 'Manage Actions access'],
    ['Quay', 'quay.io', 401, json('UNAUTHORIZED', 'access is not authorized'), {}, 'the role Creator'],
    ['Quay, read-only', 'quay.io', 405, json('DENIED', 'System is currently read-only.'), {}, 'read-only mode'],
    ['any other registry', 'h', 404, '', {}, 'Create the project or repository (library/golang)'],
  ])('for %s says what it is', (_, host, status, body, headers, part) => {
    expect(hintOf(host, status, body, headers)).toContain(part);
  });

  test('of a product is of the registry, and not of its token server', () => {
    const context = { method: 'Token for', host: 'ghcr.io', repository: 'a', at: 'ghcr.io' };
    const answer = { url: new URL('http://h/'), status: 403, headers: {}, body: Buffer.from('') };
    expect(answerError(answer, context, 0).problems[0]?.hint).not.toContain('write:packages');
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
