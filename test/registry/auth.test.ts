import { describe, expect, test } from 'vitest';
import type { CredentialStore } from '../../src/registry/auth/credential-types.ts';
import type { Answer, ScriptedServer, SeenRequest } from '../support/scripted-server.ts';
import { errorOf, makeIndex, openClient, passwordStore, serve, served, storeOf, tag, testClock } from './support.ts';

const index = makeIndex();
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** A registry that takes the tokens `accepts` and a token server on the same host, which gives `token-1`, `token-2`… */
async function tokenRegistry(
  options: {
    readonly accepts?: (token: string, request: SeenRequest) => boolean;
    readonly token?: (request: SeenRequest, nth: number) => Answer;
    readonly ping?: 'challenge' | 'open';
    readonly challenge?: (host: string, request?: SeenRequest) => string;
  } = {},
): Promise<ScriptedServer> {
  const {
    accepts = () => true,
    challenge = (host) => `Bearer realm="http://${host}/token?a=b",service="test registry"`,
  } = options;
  let tokens = 0;
  let host = '';
  const refuse = (request?: SeenRequest): Answer => ({
    status: 401,
    headers: { 'www-authenticate': challenge(host, request) },
    body: '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
  });
  const server = await serve(
    (request) => {
      if (request.path.startsWith('/token')) {
        tokens += 1;
        return (
          options.token?.(request, tokens) ?? { body: JSON.stringify({ token: `token-${tokens}`, expires_in: 300 }) }
        );
      }
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      return token !== undefined && accepts(token, request) ? served(index) : refuse(request);
    },
    { ping: () => (options.ping === 'open' ? {} : refuse()) },
  );
  host = server.host;
  return server;
}

const tokenRequests = (server: ScriptedServer): SeenRequest[] =>
  server.seen.filter(({ path }) => path.startsWith('/token'));
const scopes = (server: ScriptedServer): string[] =>
  tokenRequests(server).map(({ path }) => new URL(path, 'http://x').searchParams.getAll('scope').join(' '));

describe('a registry with tokens', () => {
  test('is asked for no manifest before there is a token: no GET is spent on a 401', async () => {
    const server = await tokenRegistry();
    const client = openClient(server.host);
    await client.get('library/golang', tag);
    expect(server.lines()).toEqual([
      'GET /v2/',
      'GET /token?a=b&service=test+registry&scope=repository%3Alibrary%2Fgolang%3Apull',
      'GET /v2/library/golang/manifests/1.0',
    ]);
    expect(client.counts).toMatchObject({ auth: 2, manifestGet: 1 });
    expect(tokenRequests(server)[0]?.headers.authorization).toBeUndefined();
  });

  test('gets the password at the token server only', async () => {
    const server = await tokenRegistry();
    await openClient(server.host, { credentials: passwordStore('me', 'hunter2!') }).head('a', tag);
    const [request] = tokenRequests(server);
    expect(request?.headers.authorization).toBe(basic('me', 'hunter2!'));
    expect(request?.path).toContain('account=me');
    expect(request?.path).not.toContain('hunter2');
    const others = server.seen.filter(({ path }) => !path.startsWith('/token'));
    expect(others.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer token-1']);
  });

  test('asks for each scope once, with what the work needs', async () => {
    const accepts = (_: string, { method }: SeenRequest) => method !== 'PUT';
    const server = await tokenRegistry({ accepts });
    const client = openClient(server.host);
    await Promise.all([client.head('a', tag), client.get('a', tag), client.listTags('b').catch(() => [])]);
    await errorOf(client.put('a', tag, index));
    await errorOf(client.delete('a', index.digest));
    expect([...new Set(scopes(server))].sort()).toEqual([
      'repository:a:delete',
      'repository:a:pull',
      'repository:a:pull,push',
      'repository:b:pull',
    ]);
    expect(scopes(server).filter((scope) => scope === 'repository:a:pull')).toHaveLength(1);
  });

  test('gets another token before the last one ends', async () => {
    const clock = testClock();
    const server = await tokenRegistry();
    const client = openClient(server.host, { clock });
    await client.head('a', tag);
    clock.advance(289_000);
    await client.head('a', tag);
    expect(tokenRequests(server)).toHaveLength(1);
    clock.advance(2_000);
    await client.head('a', tag);
    expect(tokenRequests(server)).toHaveLength(2);
  });

  test('a token without expires_in, or with a short one, lasts a minute', async () => {
    const clock = testClock();
    const server = await tokenRegistry({ token: (_, nth) => ({ body: `{"access_token":"t${nth}","expires_in":1}` }) });
    const client = openClient(server.host, { clock });
    await client.head('a', tag);
    clock.advance(45_000);
    await client.head('a', tag);
    expect(tokenRequests(server)).toHaveLength(1);
  });

  test('that refuses a token in the middle of work gives another, once for all requests under way', async () => {
    let valid = 'token-1';
    const server = await tokenRegistry({ accepts: (token) => token === valid });
    const client = openClient(server.host);
    await client.head('a', tag);
    valid = 'token-2';
    const heads = await Promise.all(Array.from({ length: 6 }, () => client.head('a', tag)));
    expect(heads.every((head) => head?.digest === index.digest)).toBe(true);
    expect(tokenRequests(server)).toHaveLength(2);
  });

  test('that refuses every token is an error after one new token, with what to do', async () => {
    const server = await tokenRegistry({ accepts: () => false });
    const anonymous = await errorOf(openClient(server.host).get('a', tag));
    expect(anonymous).toMatchObject({ kind: 'unauthorized', status: 401 });
    expect(anonymous.problems[0]?.hint).toBe(
      `No credentials for ${server.host} were found: log in with \`docker login ${server.host}\`.`,
    );
    const known = await errorOf(openClient(server.host, { credentials: passwordStore('me', 'secret') }).get('a', tag));
    expect(known.problems[0]?.hint).toContain('The credentials from a test were not enough');
    expect(tokenRequests(server)).toHaveLength(4);
  });

  test('is understood by its answer to a request where /v2/ is open', async () => {
    const server = await tokenRegistry({ ping: 'open' });
    const client = openClient(server.host);
    await client.head('a', tag);
    await client.head('a', tag);
    expect(server.lines().map((line) => line.split('?')[0])).toEqual([
      'GET /v2/',
      'HEAD /v2/a/manifests/1.0',
      'GET /token',
      'HEAD /v2/a/manifests/1.0',
      'HEAD /v2/a/manifests/1.0',
    ]);
  });

  test('may name another scope, which is asked for in its repository only', async () => {
    const needed = 'repository:mirror/a:pull';
    const server = await tokenRegistry({
      accepts: (token) => token !== 'token-1',
      challenge: (host, request) =>
        `Bearer realm="http://${host}/token"${request?.path.includes('/a/') ? `,scope="${needed}"` : ''}`,
    });
    const client = openClient(server.host);
    await client.head('a', tag);
    await client.head('b', tag);
    expect(scopes(server)).toEqual(['repository:a:pull', `repository:a:pull ${needed}`, 'repository:b:pull']);
  });

  test('gets an identity token by POST, never in a URL', async () => {
    const server = await tokenRegistry({ token: () => ({ body: '{"access_token":"given"}' }) });
    const credentials = storeOf({ kind: 'identity-token', token: 'refresh me', from: 'a test' });
    await openClient(server.host, { credentials }).head('a', tag);
    const [request] = tokenRequests(server);
    expect(request?.method).toBe('POST');
    expect(request?.path).not.toContain('refresh');
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'refresh me',
      scope: 'repository:a:pull',
      service: 'test registry',
    });
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer given');
  });

  test.each([
    ['no JSON', 'nonsense'],
    ['no token', '{}'],
    ['an empty token', '{"token":""}'],
    ['a token with a line break', '{"token":"a\\r\\nX-Evil: 1"}'],
  ])('whose token server gives %s is an error', async (_, body) => {
    const server = await tokenRegistry({ token: () => ({ body }) });
    const error = await errorOf(openClient(server.host).head('a', tag));
    expect(error.kind).toBe('bad-answer');
    expect(error.problems[0]?.message).toContain(`Token for ${server.host}/a (at ${server.host})`);
  });

  test('whose token server refuses the password is an error, never an anonymous try', async () => {
    const server = await tokenRegistry({ token: () => ({ status: 401, body: '{"details":"incorrect password"}' }) });
    const error = await errorOf(openClient(server.host, { credentials: passwordStore('me', 'wrong') }).head('a', tag));
    expect(error).toMatchObject({ kind: 'unauthorized' });
    expect(error.problems[0]?.message).toContain('incorrect password');
    expect(tokenRequests(server)).toHaveLength(1);
  });

  test('whose token server fails is tried again', async () => {
    const server = await tokenRegistry({
      token: (_, nth) => (nth === 1 ? { status: 503 } : { body: '{"token":"later"}' }),
    });
    expect(await openClient(server.host).head('a', tag)).toBeDefined();
  });

  test.each(['ftp://x/token', 'nonsense', '', 'http://user:pw@127.0.0.1/token'])(
    'that names %j as its token server is sent nothing',
    async (realm) => {
      const server = await tokenRegistry({ challenge: () => `Bearer realm="${realm}"` });
      const error = await errorOf(
        openClient(server.host, { credentials: passwordStore('me', 'secret') }).head('a', tag),
      );
      expect(error).toMatchObject({ kind: 'unsafe-auth' });
      expect(server.lines()).toEqual(['GET /v2/']);
    },
  );
});

describe('a registry with passwords', () => {
  const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="test"' } };
  const basicRegistry = (accepted: () => string) =>
    serve(({ headers }) => (headers.authorization === accepted() ? served(index) : challenge), {
      ping: () => challenge,
    });

  test('gets the password with every request', async () => {
    const server = await basicRegistry(() => basic('me', 'pä:ss'));
    const client = openClient(server.host, { credentials: passwordStore('me', 'pä:ss') });
    expect(await client.head('a', tag)).toBeDefined();
    expect(client.counts).toMatchObject({ auth: 1, manifestHead: 1 });
  });

  test('is asked once without one where there is none, and then the error says to log in', async () => {
    const server = await basicRegistry(() => 'nothing');
    const error = await errorOf(openClient(server.host).head('a', tag));
    expect(error.problems[0]?.hint).toContain(`docker login ${server.host}`);
    expect(server.lines()).toEqual(['GET /v2/', 'HEAD /v2/a/manifests/1.0']);
  });

  test('gets a new password where a helper gives another in the middle of work', async () => {
    let valid = 'one';
    const credentials: CredentialStore = {
      find: async (_host, _repository, options) => {
        const password = options?.renew ? valid : 'one';
        return { kind: 'password', username: 'me', password, from: 'a helper' };
      },
    };
    const server = await basicRegistry(() => basic('me', valid));
    const client = openClient(server.host, { credentials });
    await client.head('a', tag);
    valid = 'two';
    expect(await client.head('a', tag)).toBeDefined();
  });
});

describe('a redirection', () => {
  test('to another host is followed without credentials', async () => {
    const elsewhere = await serve(() => served(index));
    const server = await serve(() => ({ status: 307, headers: { location: `http://${elsewhere.host}/there?x=1` } }), {
      ping: () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }),
    });
    const client = openClient(server.host, { credentials: passwordStore('me', 'secret') });
    expect(await client.get('a', tag)).toEqual(index);
    expect(server.seen.at(-1)?.headers.authorization).toBe(basic('me', 'secret'));
    expect(elsewhere.seen[0]).toMatchObject({ path: '/there?x=1' });
    expect(elsewhere.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  test('at the same host keeps them', async () => {
    const server = await serve(
      ({ path }) => (path === '/moved' ? served(index) : { status: 302, headers: { location: '/moved' } }),
      { ping: () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }) },
    );
    await openClient(server.host, { credentials: passwordStore('me', 'secret') }).get('a', tag);
    expect(server.seen.at(-1)).toMatchObject({ path: '/moved', headers: { authorization: basic('me', 'secret') } });
  });

  test.each([
    ['in a circle', '/v2/a/manifests/1.0'],
    ['to another kind of URL', 'file:///etc/passwd'],
    ['to nowhere', 'http://['],
  ])('%s is an error', async (_, location) => {
    const server = await serve(() => ({ status: 301, headers: { location } }));
    expect(await errorOf(openClient(server.host).get('a', tag))).toMatchObject({ kind: 'redirect' });
    expect(server.seen.length).toBeLessThan(10);
  });

  test('of a write is not followed', async () => {
    const elsewhere = await serve(() => ({ status: 201 }));
    const server = await serve(() => ({ status: 308, headers: { location: `http://${elsewhere.host}/` } }));
    expect(await errorOf(openClient(server.host).put('a', tag, index))).toMatchObject({ kind: 'redirect' });
    expect(elsewhere.seen).toEqual([]);
  });

  test('of the token server takes no password along', async () => {
    const elsewhere = await serve(() => ({ body: '{"token":"anonymous"}' }));
    const server = await tokenRegistry({
      token: () => ({ status: 307, headers: { location: `http://${elsewhere.host}/token` } }),
    });
    await openClient(server.host, { credentials: passwordStore('me', 'secret') }).head('a', tag);
    expect(elsewhere.seen[0]?.headers).not.toHaveProperty('authorization');
  });
});
