import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/http/clock.ts';
import { bypassesProxy } from '../../src/http/proxy.ts';
import { TransportError } from '../../src/http/transport-error.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeCertificate } from '../support/tls.ts';
import {
  closeAfterTest,
  errorOf,
  makeIndex,
  openClient,
  passwordStore,
  serve,
  served,
  tag,
  testClock,
} from './support.ts';

const index = makeIndex();
const once = { retry: { tries: 1 } };

async function listen(server: Server): Promise<string> {
  closeAfterTest({ close: () => closed(server) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

describe('a connection', () => {
  test('is kept alive over HEAD, GET and errors', async () => {
    const server = await serve((_, nth) => (nth % 3 === 0 ? { status: 404, body: '{}' } : served(index)));
    const client = openClient(server.host, { concurrency: 1 });
    for (let round = 0; round < 10; round += 1) {
      await client.head('a', tag);
      await client.get('a', tag);
    }
    expect(server.connections()).toBe(1);
  });

  test('is one of so many as requests may be under way', async () => {
    let underWay = 0;
    let most = 0;
    const server = await serve(() => (response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        response.writeHead(404).end();
      }, 5);
    });
    const client = openClient(server.host, { concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, () => client.head('a', tag)));
    expect(most).toBe(3);
    expect(server.connections()).toBeLessThanOrEqual(4);
  });

  test('that is refused is a network error with its reason', async () => {
    const server = createServer();
    const host = await listen(server);
    await closed(server);
    const error = await errorOf(openClient(host, once).head('a', tag));
    expect(error.problems).toMatchObject([{ code: 'registry/network', value: `connect ECONNREFUSED ${host}` }]);
  });

  test.each([
    ['ENOTFOUND', 'network'],
    ['EAI_AGAIN', 'network'],
    ['ECONNRESET', 'network'],
    ['UND_ERR_SOCKET', 'network'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
  ])('that fails with %s is a %s error, also inside of another', (code, kind) => {
    const error = Object.assign(new Error('x'), { code });
    expect(TransportError.from(error).kind).toBe(kind);
    expect(TransportError.from(new AggregateError([error])).kind).toBe(kind);
    expect(TransportError.from(new Error('y', { cause: error })).kind).toBe(kind);
  });

  test('that fails by a bug of ours stays one', () => {
    const bug = new TypeError('x is not a function');
    expect(() => TransportError.from(bug)).toThrow(bug);
  });

  test('that speaks no HTTP is a network error', async () => {
    const host = await listen(createServer((socket) => socket.resume().end('SSH-2.0-x\r\n')));
    expect(await errorOf(openClient(host, once).head('a', tag))).toMatchObject({ kind: 'network' });
  });
});

describe('an answer that breaks off', () => {
  const headers = { 'content-type': index.mediaType, 'docker-content-digest': index.digest };

  test.each([
    ['before its headers', undefined],
    ['in the middle of an announced length', { ...headers, 'content-length': '100000' }],
    ['in the middle of chunks', { ...headers, 'transfer-encoding': 'chunked' }],
  ])('%s is tried again, and then an error', async (_, sent) => {
    const server = await serve((_request, nth) => {
      if (nth > 5) return served(index);
      return (response) => {
        if (sent === undefined) return void response.socket?.destroy();
        response.writeHead(200, sent);
        response.write(index.bytes.slice(0, 20), () => response.socket?.destroy());
      };
    });
    const clock = testClock();
    const client = openClient(server.host, { clock });
    expect(await errorOf(client.get('a', tag))).toMatchObject({ kind: 'network' });
    expect(client.counts.manifestGet).toBe(5);
    clock.advance(60_000);
    expect(await client.get('a', tag)).toEqual(index);
  });

  test('of a PUT is tried again', async () => {
    const server = await serve((_, nth) =>
      nth === 1
        ? (response) => void response.socket?.destroy()
        : { status: 201, headers: { 'docker-content-digest': index.digest } },
    );
    const client = openClient(server.host);
    await client.put('a', tag, index);
    expect(client.counts.manifestPut).toBe(2);
  });
});

describe('a slow registry', () => {
  const holds = () => serve(() => () => {});

  test('that does not answer is a timeout', async () => {
    const server = await holds();
    const error = await errorOf(openClient(server.host, { ...once, timeouts: { headersMs: 50 } }).get('a', tag));
    expect(error).toMatchObject({ kind: 'timeout' });
  });

  test('that stops in the middle of a body is a timeout', async () => {
    const server = await serve(() => (response) => {
      response.writeHead(200, { 'content-type': index.mediaType });
      response.write(index.bytes.slice(0, 20));
    });
    const error = await errorOf(openClient(server.host, { ...once, timeouts: { bodyMs: 50 } }).get('a', tag));
    expect(error).toMatchObject({ kind: 'timeout' });
  });

  test('that trickles for ever is a timeout', async () => {
    const server = await serve(() => (response) => {
      response.writeHead(200, { 'content-type': index.mediaType });
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    });
    const error = await errorOf(openClient(server.host, { ...once, timeouts: { totalMs: 100 } }).get('a', tag));
    expect(error).toMatchObject({ kind: 'timeout' });
  });

  test('is tried again', async () => {
    const server = await serve((_, nth) => (nth === 1 ? () => {} : served(index)));
    expect(await openClient(server.host, { timeouts: { headersMs: 50 } }).head('a', tag)).toBeDefined();
  });
});

describe('an abort', () => {
  const reason = new Error('interrupted');

  test('ends what is under way and what waits, with its reason', async () => {
    const controller = new AbortController();
    const server = await serve(() => () => controller.abort(reason));
    const client = openClient(server.host, { signal: controller.signal, concurrency: 2 });
    const work = Array.from({ length: 50 }, () => client.head('a', tag));
    const results = await Promise.allSettled(work);
    expect(new Set(results.map((result) => result.status === 'rejected' && result.reason))).toEqual(new Set([reason]));
    expect(client.counts.manifestHead).toBeLessThanOrEqual(2);
  });

  test('ends a wait between two tries', async () => {
    const controller = new AbortController();
    const server = await serve(() => ({ status: 500 }));
    const clock = {
      ...systemClock,
      sleep: (ms: number, signal?: AbortSignal) => {
        controller.abort(reason);
        return systemClock.sleep(ms, signal);
      },
    };
    const client = openClient(server.host, { signal: controller.signal, clock });
    await expect(client.head('a', tag)).rejects.toBe(reason);
  });

  test('may be listened to by many requests without a warning', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const clock = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(1, signal) };
    const server = await serve((_, nth) => (nth <= 50 ? { status: 503 } : served(index)));
    const client = openClient(server.host, { signal: new AbortController().signal, clock });
    await Promise.all(Array.from({ length: 50 }, () => client.head('a', tag)));
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  test('before the start sends nothing', async () => {
    const server = await serve(() => served(index));
    await expect(openClient(server.host, { signal: AbortSignal.abort(reason) }).head('a', tag)).rejects.toBe(reason);
    expect(server.seen).toEqual([]);
  });
});

describe('TLS', () => {
  let certificate: string;
  let tls: { key: string; cert: string };
  beforeAll(async () => {
    const folder = temporaryDirectory().path;
    certificate = await makeCertificate(folder, { names: 'IP:127.0.0.1,DNS:localhost' });
    tls = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(join(folder, 'tls.key'), 'utf8') };
  });
  const secure = { insecure: false };

  test('with a certificate that nobody trusts is an error, at once, and nothing is sent', async () => {
    const server = await serve(() => served(index), { tls });
    const client = openClient(server.host, secure);
    const error = await errorOf(client.head('a', tag));
    expect(error.problems).toMatchObject([{ code: 'registry/tls', hint: expect.stringContaining('certs.d') }]);
    expect(server.seen).toEqual([]);
    expect(client.counts.auth).toBe(1);
  });

  test('with an authority that was given works', async () => {
    const server = await serve(() => served(index), { tls });
    expect(await openClient(server.host, { ...secure, ca: [tls.cert] }).get('a', tag)).toEqual(index);
  });

  test('with an authority in certs.d works, as for skopeo', async () => {
    const server = await serve(() => served(index), { tls });
    const homeDirectory = temporaryDirectory().path;
    const folder = join(homeDirectory, '.config/containers/certs.d', server.host);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'ca.crt'), tls.cert);
    expect(await openClient(server.host, { ...secure, homeDirectory }).head('a', tag)).toBeDefined();
    const other = await serve(() => served(index), { tls });
    expect(await errorOf(openClient(other.host, { ...secure, homeDirectory }).head('a', tag))).toMatchObject({
      kind: 'tls',
    });
  });

  test('proves who asks by a certificate and key in certs.d', async () => {
    const server = await serve(() => served(index), { tls: { ...tls, ca: tls.cert, requestCert: true } });
    const homeDirectory = temporaryDirectory().path;
    const folder = join(homeDirectory, '.config/containers/certs.d', server.host);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'ca.crt'), tls.cert);
    expect(await errorOf(openClient(server.host, { ...once, ...secure, homeDirectory }).head('a', tag))).toBeDefined();
    writeFileSync(join(folder, 'client.cert'), tls.cert);
    writeFileSync(join(folder, 'client.key'), tls.key);
    expect(await openClient(server.host, { ...secure, homeDirectory }).head('a', tag)).toBeDefined();
  });

  test('with certificates that cannot be read is an error that names them', async () => {
    const homeDirectory = temporaryDirectory().path;
    const file = join(homeDirectory, '.config/containers/certs.d/127.0.0.1:1/ca.crt');
    mkdirSync(file, { recursive: true });
    const work = openClient('127.0.0.1:1', { ...secure, homeDirectory }).head('a', tag);
    await expect(work).rejects.toMatchObject({ problems: [{ code: 'registry/certificates', place: { file } }] });
  });

  test('keeps NODE_EXTRA_CA_CERTS beside an authority of its own', async () => {
    const server = await serve(() => served(index), { tls });
    const folder = temporaryDirectory().path;
    await makeCertificate(folder);
    const ca = [readFileSync(join(folder, 'tls/ca.crt'), 'utf8')];
    expect(await errorOf(openClient(server.host, { ...secure, ca }).head('a', tag))).toMatchObject({ kind: 'tls' });
    const env = { NODE_EXTRA_CA_CERTS: certificate };
    expect(await openClient(server.host, { ...secure, ca, env }).head('a', tag)).toBeDefined();
  });

  test('asked of a server of plain HTTP is an error that says so', async () => {
    const server = await serve(() => served(index));
    const error = await errorOf(openClient(server.host, secure).head('a', tag));
    expect(error.problems).toMatchObject([{ code: 'registry/tls', hint: expect.stringContaining('insecure: true') }]);
  });

  test.each([
    ['that has expired', { expired: true }, 'certificate has expired', 'Renew the certificate'],
    ['of another name', { names: 'DNS:other.example' }, 'altnames', 'Write a name that the certificate has'],
  ])('with a certificate %s is an error, at once, with its remedy', async (_, how, value, hint) => {
    const folder = temporaryDirectory().path;
    const cert = readFileSync(await makeCertificate(folder, how), 'utf8');
    const server = await serve(() => served(index), { tls: { cert, key: readFileSync(join(folder, 'tls.key')) } });
    const client = openClient(server.host, { ...secure, ca: [cert] });
    const error = await errorOf(client.head('a', tag));
    expect(error.problems).toMatchObject([
      { code: 'registry/tls', value: expect.stringContaining(value), hint: expect.stringContaining(hint) },
    ]);
    expect(client.counts.auth).toBe(1);
  });

  test.each([
    ['closes the connection', undefined],
    ['says so in words', 'Client sent an HTTP request to an HTTPS server.\n'],
    ['says so in a web page', '<title>400 The plain HTTP request was sent to HTTPS port</title>'],
  ])('where the configuration says plain HTTP, at a server that %s, is an error at once', async (_, words) => {
    const server = await (words === undefined
      ? serve(() => served(index), { tls })
      : serve(() => served(index), { ping: () => ({ status: 400, body: words }) }));
    const clock = testClock();
    const error = await errorOf(openClient(server.host, { clock }).head('a', tag));
    expect(error.problems).toMatchObject([
      {
        code: 'registry/not-a-registry',
        hint: `Leave \`insecure: true\` of ${server.host} out, or name its port for plain HTTP.`,
      },
    ]);
    expect(clock.sleeps).toEqual([]);
  });

  test('with certificates that are none is an error that names them', async () => {
    const homeDirectory = temporaryDirectory().path;
    const folder = join(homeDirectory, '.config/containers/certs.d/127.0.0.1:1');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'client.cert'), 'nonsense');
    writeFileSync(join(folder, 'client.key'), 'nonsense');
    const work = openClient('127.0.0.1:1', { ...secure, homeDirectory }).head('a', tag);
    await expect(work).rejects.toMatchObject({
      problems: [{ code: 'registry/certificates', place: { file: join(folder, 'client.cert') } }],
    });
  });

  test('shows the certificate that proves who asks to no other host', async () => {
    const homeDirectory = temporaryDirectory().path;
    const [own, theirs]: boolean[][] = [[], []];
    const asking = { ...tls, ca: tls.cert, requestCert: true, rejectUnauthorized: false };
    const elsewhere = await serve(() => served(index), { tls: asking, onTls: (has) => theirs?.push(has) });
    const port = elsewhere.host.split(':')[1];
    const server = await serve(() => ({ status: 307, headers: { location: `https://localhost:${port}/there` } }), {
      tls: asking,
      onTls: (has) => own?.push(has),
    });
    const folder = join(homeDirectory, '.config/containers/certs.d', server.host);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of [
      ['ca.crt', tls.cert],
      ['client.cert', tls.cert],
      ['client.key', tls.key],
    ] as const)
      writeFileSync(join(folder, name), text);
    expect(await openClient(server.host, { ...secure, homeDirectory }).get('a', tag)).toEqual(index);
    expect(new Set(own)).toEqual(new Set([true]));
    expect(theirs).toEqual([false]);
  });

  test('does not lead on to plain HTTP', async () => {
    const plain = await serve(() => served(index));
    const server = await serve(() => ({ status: 302, headers: { location: `http://${plain.host}/` } }), { tls });
    const error = await errorOf(openClient(server.host, { ...secure, ca: [tls.cert] }).get('a', tag));
    expect(error.problems).toMatchObject([{ code: 'registry/redirect', value: plain.host }]);
    expect(plain.seen).toEqual([]);
  });

  test('does not let a token server of plain HTTP see a password', async () => {
    const plain = await serve(() => ({ body: '{"token":"x"}' }));
    const challenge = { 'www-authenticate': `Bearer realm="http://${plain.host}/token"` };
    const server = await serve(() => served(index), { tls, ping: () => ({ status: 401, headers: challenge }) });
    const options = { ...secure, ca: [tls.cert], credentials: passwordStore('me', 'secret') };
    expect(await errorOf(openClient(server.host, options).get('a', tag))).toMatchObject({ kind: 'unsafe-auth' });
    expect(plain.seen).toEqual([]);
  });
});

describe('a proxy', () => {
  /** A proxy that leads every CONNECT to `target`, and notes what it was asked for. */
  async function proxy(target: string) {
    const asked: string[] = [];
    const server = createHttpServer().on('connect', (request, client) => {
      asked.push(request.url ?? '');
      const [host = '', port] = target.split(':');
      const server = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        server.pipe(client).pipe(server);
      });
      client.on('error', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    return { asked, url: `http://${await listen(server)}` };
  }

  test('of http_proxy or HTTP_PROXY is used, but not for the names of no_proxy', async () => {
    const server = await serve(() => served(index));
    const { asked, url } = await proxy(server.host);
    for (const env of [{ http_proxy: url }, { HTTP_PROXY: url, no_proxy: 'other.example' }]) {
      expect(await openClient('127.0.0.2:1', { env, concurrency: 1 }).head('a', tag)).toBeDefined();
    }
    expect(asked).toEqual(['127.0.0.2:1', '127.0.0.2:1']);
    const env = { http_proxy: url, no_proxy: '127.0.0.2' };
    expect(await errorOf(openClient('127.0.0.2:1', { ...once, env }).head('a', tag))).toMatchObject({
      kind: 'network',
    });
  });

  test.each([
    ['fd00::1', 'http://[fd00::1]:5000'],
    ['[fd00::1]', 'http://[fd00::1]:5000'],
    ['fd00:0::1', 'http://[fd00::1]:5000'],
    ['fd00::/8', 'http://[fd00::1]:5000'],
    ['[fd00::1]:5000', 'http://[fd00::1]:5000'],
    ['10.0.0.0/8,fd00::/8', 'http://10.1.2.3'],
    ['a.example b.example', 'https://B.example'],
    ['*.example', 'https://b.example'],
    ['b.example.', 'https://b.example./'],
    ['b.example:443', 'https://b.example'],
    ['x, * ', 'https://b.example'],
  ])('is not used where no_proxy is %s, for %s', (list, url) => {
    for (const env of [{ no_proxy: list }, { NO_PROXY: list }]) expect(bypassesProxy(env)(new URL(url))).toBe(true);
  });

  test.each([
    ['10.0.0.0/8', 'http://192.168.1.1'],
    ['10.0.0.0/8,10.0.0.0/99,x/8,::/8,10.0.0.0/,/8', 'http://registry.example'],
    ['10.0.0.0/99', 'http://10.0.0.0'],
    ['b.example:444', 'https://b.example'],
    ['example', 'https://notexample'],
    ['.', 'https://b.example'],
    ['b.*', 'https://b.example'],
  ])('is used where no_proxy is %s, for %s', (list, url) => {
    expect(bypassesProxy({ no_proxy: list })(new URL(url))).toBe(false);
  });

  test('is never used for the loopback', async () => {
    const server = await serve(() => served(index));
    const env = { http_proxy: 'http://127.0.0.1:1' };
    expect(await openClient(server.host, { env }).head('a', tag)).toBeDefined();
  });
});
