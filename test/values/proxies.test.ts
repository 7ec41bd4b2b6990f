import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

const registry = 'registry.example:5000';

describe('D2: a proxy as curl, git and skopeo take it', () => {
  let world: World;
  const asked: { readonly target: string | undefined; readonly login: string | undefined }[] = [];
  const proxy = createServer().on('connect', (request, client) => {
    asked.push({ target: request.url, login: request.headers['proxy-authorization'] });
    const [host, port] = world.source.host.split(':');
    const server = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  });
  let host: string;

  beforeAll(async () => {
    world = await setWorld({ library: tinyLibrary, images: everything });
    const file = join(world.mirror, 'mirrors.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(world.source.host, registry));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterAll(() => proxy.close());

  const lock = async (env: Record<string, string>) => {
    asked.length = 0;
    const { code, stdout, stderr } = await mirrorlock(world, ['lock'], env);
    return { code, output: stdout + stderr, asked: [...asked] };
  };

  test.each(['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'])('%s, without a scheme', async (name) => {
    const run = await lock({ [name]: host });
    expect(run.code, run.output).toBe(0);
    expect(run.asked[0]).toEqual({ target: registry, login: undefined });
  });

  test.each([
    ['user:p%40ss%2Fword', 'user:p@ss/word'],
    ['user', 'user:'],
    [':token', ':token'],
  ])('with the login %s in the address', async (written, sent) => {
    const run = await lock({ http_proxy: `${written}@${host}` });
    expect(run.code, run.output).toBe(0);
    expect(run.asked[0]?.login).toBe(`Basic ${Buffer.from(sent).toString('base64')}`);
  });

  // At once, since each of them waits for a name that no server of names knows.
  test('and no_proxy or NO_PROXY leaves it out, as *, among others, by domain, in capitals and with a port', async () => {
    const lists = ['*', 'other.example,*', '.example', 'EXAMPLE', 'registry.example:5000'];
    asked.length = 0;
    const environments = lists.flatMap((list) => [{ no_proxy: list }, { NO_PROXY: list }]);
    await Promise.all(
      environments.map(async (environment) => {
        const run = await mirrorlock(world, ['lock'], { http_proxy: host, ...environment });
        expect(run.code, JSON.stringify(environment)).not.toBe(0);
        expect(run.stdout + run.stderr).not.toContain('bug');
      }),
    );
    expect(asked).toEqual([]);
  });

  test.each(['http://user:se#cret@proxy.example:3128', 'user:se%cret@proxy.example', 'ftp://proxy.example', 'http://'])(
    'and an address that is not one, %s, is an error that names the variable and shows no password',
    async (address) => {
      const { code, output } = await lock({ HTTP_PROXY: address });
      expect(code).toBe(2);
      expect(output).toContain('error network/proxy: The proxy in the environment variable `HTTP_PROXY` ');
      expect(output).not.toContain('cret');
    },
  );
});
