import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { RegistryClientOptions } from '../../src/registry/options.ts';
import type { RegistryAddress, RegistryClient } from '../../src/registry/types.ts';
import type { Answer, SeenRequest } from '../support/scripted-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeCertificate } from '../support/tls.ts';
import { namedHosts } from './named-hosts.ts';
import { errorOf, makeIndex, openClient, passwordStore, serve, served, storeOf, tag, testClock } from './support.ts';

const index = makeIndex();
const credentials = passwordStore('me', 'hunter2-hunter2');
const challenge = (realm: string) => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="x"` },
});
const basicChallenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
const token = { body: '{"token":"a-token-of-theirs"}' };
/** Whether a request carries a login, in whatever place. */
const hasLogin = ({ headers, path, body }: SeenRequest): boolean =>
  headers.authorization !== undefined || /hunter2|refresh-me/.test(path + body);

let tls: { key: string; cert: string };
beforeAll(async () => {
  const folder = temporaryDirectory().path;
  tls = {
    cert: readFileSync(await makeCertificate(folder), 'utf8'),
    key: readFileSync(join(folder, 'tls.key'), 'utf8'),
  };
});

function clientOf(address: RegistryAddress, options: Partial<RegistryClientOptions>): RegistryClient {
  const defaults = { clock: testClock(), env: {}, homeDirectory: '/nonexistent', credentials };
  return createRegistryClient(address, { ...defaults, retry: { tries: 1 }, ...options });
}

describe('a host that a registry redirects to', () => {
  const theirs = (realm: () => string) =>
    serve(({ path }) => (path.startsWith('/token') ? token : challenge(realm())), { ping: () => ({}) });

  test.each(['head', 'get', 'openBlob', 'listTags'] as const)(
    'gets no login for a challenge of its own, by %s: its 401 is an error that names it',
    async (method) => {
      let host = '';
      const elsewhere = await theirs(() => `http://${host}/token`);
      host = elsewhere.host;
      const server = await serve(() => ({ status: 307, headers: { location: `http://${elsewhere.host}/there` } }), {
        ping: () => basicChallenge,
      });
      const client = openClient(server.host, { credentials });
      const work = { head: tag, get: tag, openBlob: index.digest, listTags: tag }[method];
      const error = await errorOf(
        method === 'listTags' ? client.listTags('a') : client[method]('a', work as typeof index.digest),
      );
      expect(error).toMatchObject({ kind: 'unauthorized', status: 401 });
      expect(error.problems[0]?.message).toContain(`(at ${elsewhere.host})`);
      expect(error.problems[0]?.hint).toContain(elsewhere.host);
      expect(elsewhere.lines()).toEqual([expect.stringMatching(/^(?:GET|HEAD) \/there$/)]);
      expect(elsewhere.seen.filter(hasLogin)).toEqual([]);
    },
  );

  test('does not say how the registry wants to be asked, when /v2/ leads there', async () => {
    let host = '';
    const elsewhere = await serve(({ path }) => (path.startsWith('/token') ? token : basicChallenge), {
      ping: () => challenge(`http://${host}/token`),
    });
    host = elsewhere.host;
    const server = await serve(() => served(index), {
      ping: () => ({ status: 302, headers: { location: `http://${elsewhere.host}/v2/` } }),
    });
    expect(await openClient(server.host, { credentials }).head('a', tag)).toBeDefined();
    expect(elsewhere.lines()).toEqual(['GET /v2/']);
    expect([...server.seen, ...elsewhere.seen].filter(hasLogin)).toEqual([]);
  });

  test('is named by whatever error it gives', async () => {
    const elsewhere = await serve(() => ({ status: 403, body: 'not for you' }));
    const server = await serve(() => ({ status: 307, headers: { location: `http://${elsewhere.host}/there` } }));
    const error = await errorOf(openClient(server.host).get('a', tag));
    expect(error.problems[0]?.message).toContain(`(at ${elsewhere.host}): access is denied (403)`);
  });
});

describe('the token server', () => {
  /** A registry at `name` over TLS, whose token server is `realm`, another server. */
  async function ask(
    name: string,
    realm: string,
    options: Partial<RegistryClientOptions> & {
      readonly host?: string;
      readonly tokenServer?: string;
      readonly accepts?: (authorization: string | undefined) => boolean;
      readonly token?: Answer;
    } = {},
  ) {
    const { host = name, tokenServer, accepts = () => true, token: given = token, ...rest } = options;
    const realmHost = new URL(realm).hostname;
    const tokens = await serve(() => given, { tls });
    const registry = await serve(
      ({ headers }) =>
        headers.authorization?.startsWith('Bearer ') && accepts(headers.authorization)
          ? served(index)
          : challenge(realm),
      { tls, ping: () => challenge(realm) },
    );
    const { dispatcher, reached } = namedHosts({ [realmHost]: tokens.host, [name]: registry.host });
    const address = { host, insecure: false, ...(tokenServer === undefined ? {} : { tokenServer }) };
    const client = clientOf(address, { dispatcher, ...rest });
    return { client, tokens, registry, reached };
  }

  test.each([
    ['docker.io', 'registry-1.docker.io', 'https://auth.docker.io/token'],
    ['registry.gitlab.com', 'registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['registry.example.co.uk', 'registry.example.co.uk', 'https://id.example.co.uk/token'],
    ['registry.corp.lan', 'registry.corp.lan', 'https://gitlab.corp.lan/jwt/auth'],
  ])('of the same site gets the login for %s', async (host, name, realm) => {
    const { client, tokens } = await ask(name, realm, { host });
    expect(await client.head('a', tag)).toBeDefined();
    expect(tokens.seen.filter(hasLogin)).toHaveLength(1);
  });

  test.each([
    ['registry.example.com', 'https://login.other.example/token'],
    ['registry.co.uk', 'https://evil.co.uk/token'],
    ['mine.github.io', 'https://yours.github.io/token'],
    ['mine.azurecr.io', 'https://yours.azurecr.io/oauth2/token'],
    ['1.dkr.ecr.eu-west-1.amazonaws.com', 'https://2.dkr.ecr.eu-west-1.amazonaws.com/token'],
    ['registry.one.svc.cluster.local', 'https://registry.two.svc.cluster.local/token'],
    ['203.0.113.7', 'https://203.0.113.8/token'],
    ['[2001:db9::1]', 'https://[2001:db9::2]/token'],
    ['example.com', 'https://example.com.evil.example/token'],
    ['example.com', 'https://notexample.com/token'],
  ])(
    'of another site than %s, %s, gives a token without a login, and the hint says how it gets one',
    async (name, realm) => {
      for (const store of [credentials, storeOf({ kind: 'identity-token', token: 'refresh-me', from: 'a test' })]) {
        const good = await ask(name, realm, { credentials: store });
        expect(await good.client.head('a', tag)).toBeDefined();
        expect(good.tokens.lines()).toEqual([expect.stringMatching(/^GET /)]);
        expect(good.tokens.seen.filter(hasLogin)).toEqual([]);

        const refused = await ask(name, realm, { credentials: store, accepts: () => false });
        const error = await errorOf(refused.client.head('a', tag));
        expect(error.problems[0]?.hint).toContain(`\`tokenServer: ${new URL(realm).host}\``);
        expect(refused.tokens.seen.filter(hasLogin)).toEqual([]);
      }
    },
  );

  test('of another site that wants a login says how it gets one', async () => {
    const { client } = await ask('registry.example.com', 'https://login.other.example/token', {
      token: { status: 401, body: '{"details":"anonymous tokens are off"}' },
    });
    const error = await errorOf(client.head('a', tag));
    expect(error).toMatchObject({ kind: 'unauthorized' });
    expect(error.problems[0]?.message).toContain('anonymous tokens are off');
    expect(error.problems[0]?.hint).toContain('`tokenServer: login.other.example`');
  });

  test.each([
    ['login.other.example', 'https://login.other.example/token', 1],
    ['login.other.example:8443', 'https://login.other.example:8443/token', 1],
    ['login.other.example', 'https://login.other.example:8443/token', 0],
    ['other.example', 'https://login.other.example/token', 0],
  ])('that the configuration names (%s) gets the login when it is %s', async (tokenServer, realm, logins) => {
    const { client, tokens } = await ask('registry.example.com', realm, { tokenServer });
    expect(await client.head('a', tag)).toBeDefined();
    expect(tokens.seen.filter(hasLogin)).toHaveLength(logins);
  });

  test('of plain HTTP gets a login only at the host of a registry that is insecure', async () => {
    const tokens = await serve(() => token);
    const registry = await serve(({ headers }) => (headers.authorization ? served(index) : challenge(realm)), {
      ping: () => challenge(realm),
    });
    let realm = `http://registry.example.com:8080/token`;
    const { dispatcher } = namedHosts({ 'registry.example.com': registry.host, 'id.example.com': tokens.host });
    const open = (address: Partial<RegistryAddress>) =>
      clientOf({ host: 'registry.example.com', insecure: true, ...address }, { dispatcher });
    const own = await serve(({ path }) => (path.startsWith('/token') ? token : served(index)), {
      ping: () => challenge(realm),
    });
    const { dispatcher: atOwn } = namedHosts({ 'registry.example.com': own.host });
    const client = clientOf({ host: 'registry.example.com', insecure: true }, { dispatcher: atOwn });
    expect(await client.head('a', tag)).toBeDefined();
    expect(own.lines()[1]).toContain('account=me');

    realm = 'http://id.example.com/token';
    expect(await open({}).head('a', tag)).toBeDefined();
    expect(await open({ tokenServer: 'id.example.com' }).head('a', tag)).toBeDefined();
    expect(tokens.seen.filter(hasLogin)).toEqual([]);
  });

  test('that redirects takes no login along, to whatever host', async () => {
    const elsewhere = await serve(() => token, { tls });
    const tokens = await serve(() => ({ status: 307, headers: { location: 'https://id2.example.com/token?x=1' } }), {
      tls,
    });
    const realm = 'https://id.example.com/token';
    const registry = await serve(() => served(index), { tls, ping: () => challenge(realm) });
    const { dispatcher } = namedHosts({
      ...{ 'registry.example.com': registry.host, 'id.example.com': tokens.host, 'id2.example.com': elsewhere.host },
    });
    const client = clientOf({ host: 'registry.example.com', insecure: false }, { dispatcher });
    expect(await client.head('a', tag)).toBeDefined();
    expect(elsewhere.seen).toHaveLength(1);
    expect(elsewhere.seen.filter(hasLogin)).toEqual([]);
  });
});

describe('a registry in the internet', () => {
  const inside = [
    ...['127.0.0.1', '127.1', '0x7f.1', '2130706433', '0177.0.0.1', 'localhost', 'LOCALHOST.', 'a.localhost'],
    ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::10.0.0.1]', '[2002:a00:1::1]'],
    ...['10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200', '0.0.0.0', '[::]'],
    ...['[fe80::1]', '[fd00:ec2::254]'],
  ];

  test.each(inside)('does not lead to %s by a redirection or as its token server', async (host) => {
    const name = 'registry.example.com';
    for (const scheme of ['http', 'https']) {
      const url = `${scheme}://${host}/latest/meta-data`;
      const moved = await serve(() => ({ status: 302, headers: { location: url } }));
      const { dispatcher, reached } = namedHosts({ [name]: moved.host });
      const client = clientOf({ host: name, insecure: true }, { dispatcher });
      expect(await errorOf(client.get('a', tag))).toMatchObject({ kind: 'redirect' });
      expect(await errorOf(client.openBlob('a', index.digest))).toMatchObject({ kind: 'redirect' });
      expect(new Set(reached)).toEqual(new Set([name]));

      const asked = await serve(() => served(index), { ping: () => challenge(url) });
      const hosts = namedHosts({ [name]: asked.host });
      const other = clientOf({ host: name, insecure: true }, { dispatcher: hosts.dispatcher });
      expect(await errorOf(other.get('a', tag))).toMatchObject({ kind: 'unsafe-auth' });
      expect(hosts.reached).toEqual([name]);
    }
  });

  test('may be led to a private token server that the configuration names', async () => {
    const tokens = await serve(() => token, { tls });
    const registry = await serve(() => served(index), { tls, ping: () => challenge('https://10.0.0.7/token') });
    const { dispatcher } = namedHosts({ 'registry.example.com': registry.host, '10.0.0.7': tokens.host });
    const address = { host: 'registry.example.com', insecure: false, tokenServer: '10.0.0.7' };
    expect(await clientOf(address, { dispatcher }).head('a', tag)).toBeDefined();
    expect(tokens.seen.filter(hasLogin)).toHaveLength(1);
  });

  test('that is itself at a private address may lead to another one', async () => {
    const elsewhere = await serve(() => served(index));
    const server = await serve(() => ({ status: 307, headers: { location: `http://${elsewhere.host}/there` } }));
    expect(await openClient(server.host).get('a', tag)).toEqual(index);
  });
});

describe('every request', () => {
  test('says who asks, at the registry, its token server and where it leads', async () => {
    const elsewhere = await serve(() => served(index));
    let host = '';
    const server = await serve(
      ({ path }) =>
        path.startsWith('/token') ? token : { status: 307, headers: { location: `http://${elsewhere.host}/there` } },
      { ping: () => challenge(`http://${host}/token`) },
    );
    host = server.host;
    await openClient(server.host).get('a', tag);
    const agents = [...server.seen, ...elsewhere.seen].map(({ headers }) => headers['user-agent']);
    expect(agents).toHaveLength(4);
    expect(new Set(agents)).toEqual(
      new Set([expect.stringMatching(/^mirrorlock\/\d+\.\d+\.\d+\S* \(\+https:\/\/\S+\)$/)]),
    );
  });
});

describe('a registry that is written to', () => {
  test('is asked to read with the scope that writing needs, and one token does for both', async () => {
    let host = '';
    const server = await serve(
      ({ path, method }) => {
        if (path.startsWith('/token')) return token;
        return method === 'PUT' ? { status: 201 } : path.includes('tags') ? { body: '{"tags":[]}' } : served(index);
      },
      { ping: () => challenge(`http://${host}/token`) },
    );
    host = server.host;
    const client = openClient(server.host, { actions: 'pull,push' });
    await client.head('a', tag);
    await client.get('a', tag);
    await client.listTags('a');
    await client.put('a', tag, index);
    await (await client.openBlob('a', index.digest))?.stream.resume();
    const scopes = server.seen.flatMap(({ path }) =>
      path.startsWith('/token') ? new URL(path, 'http://x').searchParams.getAll('scope') : [],
    );
    expect(scopes).toEqual(['repository:a:pull,push']);
  });
});
