import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { onCleanUp } from '../support/cleanup.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { expectJson } from '../support/mirror.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { makeCertificate } from '../support/tls.ts';
import { setWorld, type World } from '../support/world.ts';

const account = { user: 'me', password: 'hunter2 hünter' };
const auth = { auth: Buffer.from(`${account.user}:${account.password}`).toString('base64') };

let world: World;
let closed: TestRegistry;
let overTls: TestRegistry;

beforeAll(async () => {
  [world, closed, overTls] = await Promise.all([
    setWorld({ images: everything, library: tinyLibrary }),
    startRegistry({ htpasswd: account }),
    startRegistry({ tls: true }),
  ]);
  await expectJson(world, ['lock']);
});

/** A folder of this user's own, to be the home of one run. */
interface Home {
  readonly path: string;
  write(path: string, content: unknown): string;
}

function makeHome(): Home {
  const { path: home } = temporaryDirectory();
  return {
    path: home,
    write(path, content) {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
  };
}

/** Runs `plan` of the built command, for a mirror whose only destination is `host`. */
async function plan(
  host: string,
  {
    home,
    env,
    insecure = true,
    args = [],
  }: { home: Home; env?: Record<string, string>; insecure?: boolean; args?: string[] },
): Promise<CliResult> {
  const text = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8').replace(
    /name: main,.*\n/,
    `name: main, registry: "${host}", namespace: mirror, insecure: ${insecure}}\n`,
  );
  const config = home.write('mirrors.yaml', text);
  return runCli(['plan', '-C', world.mirror, '--config', config, ...args], { env: { HOME: home.path, ...env } });
}

/** A program `docker-credential-NAME` that knows one registry, in a folder to be put on the PATH. */
function helper(home: Home, name: string, server: string): string {
  const file = home.write(
    `bin/docker-credential-${name}`,
    `#!/bin/sh
read -r server
if [ "$1" = get ] && [ "$server" = '${server}' ]; then
  printf '%s' '{"ServerURL":"x","Username":"${account.user}","Secret":"${account.password}"}'
else
  printf 'credentials not found in native keychain'
  exit 1
fi
`,
  );
  chmodSync(file, 0o755);
  return `${dirname(file)}${delimiter}${process.env['PATH']}`;
}

describe('a login', () => {
  const logins: Record<string, (home: Home) => Record<string, string>> = {
    'in `auths` of docker': (home) => {
      home.write('.docker/config.json', { auths: { [closed.host]: auth } });
      return {};
    },
    'with `username` and `password` and no `auth`': (home) => {
      const { user: username, password } = account;
      return { REGISTRY_AUTH_FILE: home.write('auth.json', { auths: { [closed.host]: { username, password } } }) };
    },
    'of a namespace': (home) => {
      home.write('.config/containers/auth.json', { auths: { [`${closed.host}/mirror`]: auth } });
      return {};
    },
    'in a `credsStore`': (home) => {
      home.write('.docker/config.json', { auths: { [closed.host]: {} }, credsStore: 'all' });
      return { PATH: helper(home, 'all', closed.host) };
    },
    'in a `credHelpers`': (home) => {
      home.write('.docker/config.json', { credHelpers: { [closed.host]: 'one' } });
      return { PATH: helper(home, 'one', closed.host) };
    },
    'in $XDG_RUNTIME_DIR/containers/auth.json while DOCKER_CONFIG is set': (home) => {
      home.write('run/containers/auth.json', { auths: { [closed.host]: auth } });
      home.write('docker/config.json', { auths: { 'other.example': auth } });
      return { XDG_RUNTIME_DIR: join(home.path, 'run'), DOCKER_CONFIG: join(home.path, 'docker') };
    },
  };

  test.each(Object.keys(logins))('%s works', async (where) => {
    const home = makeHome();
    const env = logins[where]?.(home) ?? {};
    const { code, stderr } = await plan(closed.host, { home, env });
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
  });

  test('that is missing is an error that says how to log in', async () => {
    const { code, stderr } = await plan(closed.host, { home: makeHome() });
    expect(code).toBe(1);
    expect(stderr).toContain(`docker login ${closed.host}`);
  });

  test('by an identity token works', async () => {
    let host = '';
    const server = await scriptedServer(({ path, headers, body }) => {
      if (path.startsWith('/token')) {
        const isRefresh = new URLSearchParams(body).get('refresh_token') === 'refresh-me';
        return isRefresh ? { body: '{"access_token":"given"}' } : { status: 401 };
      }
      if (headers.authorization === 'Bearer given') return { status: 404, body: '{}' };
      return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${host}/token",service="x"` } };
    });
    onCleanUp(server.close);
    host = server.host;
    const home = makeHome();
    home.write('.docker/config.json', { auths: { [host]: { auth: '', identitytoken: 'refresh-me' } } });
    const { code, stderr } = await plan(host, { home });
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    await server.close();
  });
});

describe('the certificate of a private authority', () => {
  const trust: Record<string, (home: Home, certificate: string) => Record<string, string>> = {
    'certs.d': (home, certificate) => {
      home.write(`.config/containers/certs.d/${overTls.host}/ca.crt`, readFileSync(certificate, 'utf8'));
      return {};
    },
    NODE_EXTRA_CA_CERTS: (_, certificate) => ({ NODE_EXTRA_CA_CERTS: certificate }),
    SSL_CERT_FILE: (_, certificate) => ({ SSL_CERT_FILE: certificate }),
    SSL_CERT_DIR: (home, certificate) => ({ SSL_CERT_DIR: `${home.path}/none:${dirname(certificate)}` }),
    'SSL_CERT_FILE while another is in certs.d': (home, certificate) => {
      home.write(`.config/containers/certs.d/${overTls.host}/ca.crt`, readFileSync(otherCertificate, 'utf8'));
      return { SSL_CERT_FILE: certificate };
    },
  };
  let otherCertificate: string;
  beforeAll(async () => {
    otherCertificate = await makeCertificate(temporaryDirectory().path);
  });

  test.each(Object.keys(trust))('is trusted by %s', async (way) => {
    const home = makeHome();
    const env = trust[way]?.(home, overTls.certificate ?? '') ?? {};
    const { code, stderr } = await plan(overTls.host, { home, env, insecure: false });
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
  });

  test('is an error without, which names these ways', async () => {
    const { code, stderr } = await plan(overTls.host, { home: makeHome(), insecure: false });
    expect(code).toBe(1);
    expect(stderr).toContain('registry/tls');
    for (const way of [`certs.d/${overTls.host}/ca.crt`, 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])
      expect(stderr).toContain(way);
  });
});

describe('a registry at an IPv6 address', () => {
  /** Leads `[::1]` at a free port to a server on 127.0.0.1. */
  async function onIPv6({ host }: TestRegistry): Promise<string> {
    const server = createServer((socket) => {
      const onward = connect(Number(host.split(':')[1]), '127.0.0.1');
      socket.pipe(onward).pipe(socket);
      socket.on('error', () => onward.destroy());
      onward.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
    onCleanUp(() => new Promise<void>((resolve) => server.close(() => resolve())));
    server.unref();
    return `[::1]:${(server.address() as AddressInfo).port}`;
  }

  test('has its login and certificate by its name in brackets, and no proxy', async () => {
    const [plain, secure] = await Promise.all([onIPv6(closed), onIPv6(overTls)]);
    const home = makeHome();
    home.write('.docker/config.json', { auths: { [plain]: auth } });
    home.write(`.config/containers/certs.d/${secure}/ca.crt`, readFileSync(overTls.certificate ?? '', 'utf8'));
    const env = { http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1', no_proxy: '127.0.0.1,::1' };
    expect(await plan(plain, { home, env })).toMatchObject({ code: 0 });
    expect(await plan(secure, { home, env, insecure: false })).toMatchObject({ code: 0 });
  });
});

describe('a registry that repeats what it was sent', () => {
  test('has its own words told, without password and header, on the terminal, in JSON and in the summary', async () => {
    let host = '';
    const server = await scriptedServer(({ path, headers }) => {
      if (!path.startsWith('/token'))
        return { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${host}/token"` } };
      const { authorization = '' } = headers;
      const decoded = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
      const message = `no entry for ${authorization} (${decoded}), ${encodeURIComponent(account.password)}: ask ops`;
      return { status: 403, body: JSON.stringify({ details: message }) };
    });
    onCleanUp(server.close);
    host = server.host;
    const home = makeHome();
    home.write('.docker/config.json', { auths: { [server.host]: auth } });
    const summary = join(home.path, 'summary.md');
    const { stdout, stderr } = await plan(server.host, { home, args: ['--json', '--verbose', '--summary', summary] });
    const all = `${stdout}\n${stderr}\n${readFileSync(summary, 'utf8')}`;
    expect(stderr).toContain('no entry for Basic *** (***), ***: ask ops');
    expect(all).not.toMatch(/hunter2|h%C3%BCnter/i);
    expect(all).not.toContain(auth.auth.slice(0, 10));
    await server.close();
  });
});

describe('promise 11: a login goes to the registry that it is for, and nowhere else', () => {
  test('is not sent to a host that it redirects to, whatever that asks for', async () => {
    let host = '';
    const elsewhere = await scriptedServer(({ path }) =>
      path.startsWith('/token')
        ? { body: '{"token":"x"}' }
        : { status: 401, headers: { 'www-authenticate': `Bearer realm="http://${host}/token"` } },
    );
    host = elsewhere.host;
    const server = await scriptedServer(({ path }) =>
      path === '/v2/'
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
        : { status: 307, headers: { location: `http://${elsewhere.host}${path}` } },
    );
    onCleanUp(async () => {
      await Promise.all([server.close(), elsewhere.close()]);
    });
    const home = makeHome();
    home.write('.docker/config.json', { auths: { [server.host]: auth } });
    const { code, stderr } = await plan(server.host, { home });
    expect(code).toBe(1);
    expect(stderr).toContain(`(at ${elsewhere.host}): a login is needed (401)`);
    expect(server.seen.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
    expect(elsewhere.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    expect(elsewhere.lines().filter((line) => line.includes('/token'))).toEqual([]);
  });

  test('is not sent to a token server of another site', async () => {
    let realm = '';
    const tokens = await scriptedServer(() => ({ body: '{"token":"x"}' }));
    const server = await scriptedServer(({ path, headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="${path}"` } }
        : { status: 401 },
    );
    onCleanUp(async () => {
      await Promise.all([server.close(), tokens.close()]);
    });
    // Another name of the loopback, which is another site.
    realm = `http://localhost:${tokens.host.split(':')[1]}/token`;
    const home = makeHome();
    home.write('.docker/config.json', { auths: { [server.host]: auth } });
    const { code, stderr } = await plan(server.host, { home });
    expect(code).toBe(1);
    expect(stderr).toContain(`The login for ${server.host} is not sent to its token server localhost:`);
    expect(tokens.seen.length).toBeGreaterThan(0);
    expect(tokens.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  test('and a registry in the internet leads nowhere inside', async () => {
    const server = await scriptedServer(({ path }) =>
      path === '/v2/' ? {} : { status: 307, headers: { location: 'http://169.254.169.254/latest/meta-data' } },
    );
    const asked: string[] = [];
    const proxy = createHttpServer().on('connect', ({ url = '' }, client) => {
      asked.push(url);
      const onward = connect(Number(server.host.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(client).pipe(onward);
      });
      client.on('error', () => onward.destroy());
      onward.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onCleanUp(async () => {
      proxy.closeAllConnections();
      await Promise.all([server.close(), new Promise((resolve) => proxy.close(resolve))]);
    });
    const env = { http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const { code, stderr } = await plan('registry.example.com', { home: makeHome(), env });
    expect(code).toBe(1);
    expect(stderr).toContain('error registry/redirect');
    expect(stderr).toContain('seen: 169.254.169.254');
    expect(new Set(asked)).toEqual(new Set(['registry.example.com:80']));
  });
});
