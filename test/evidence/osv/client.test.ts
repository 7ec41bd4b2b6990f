import { createServer as createProxy } from 'node:http';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { PackageChanges } from '../../../src/evidence/contents/types.ts';
import { openOsv } from '../../../src/evidence/osv/client.ts';
import { compareVulnerabilities, comparisonsWith } from '../../../src/evidence/osv/compare.ts';
import type { OsvDatabase } from '../../../src/evidence/osv/types.ts';
import { onCleanUp } from '../../support/cleanup.ts';
import { type Answer, type ScriptedServer, type SeenRequest, scriptedServer } from '../../support/scripted-server.ts';
import { slowAnswers } from '../../support/slow-answers.ts';
import { changed, changesOf, recordOf } from './records.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Script = (request: SeenRequest, nth: number) => Answer;
interface Query {
  readonly package: { readonly ecosystem: string; readonly name: string };
  readonly version: string;
  readonly page_token?: string;
}

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await scriptedServer(script);
  closing.push(onCleanUp(() => server.close()));
  return server;
}

const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
const notFound = json({ code: 5, message: 'Bug not found.' }, 404);

/** OSV as its documentation describes it: identifiers in a batch, and records by their identifiers. */
function osv(found: Record<string, readonly string[]>, records: readonly { readonly id: string }[]): Script {
  return ({ method, path, body }) => {
    if (method === 'POST' && path === '/v1/querybatch') {
      const { queries } = JSON.parse(body) as { queries: readonly Query[] };
      const results = queries.map((query) => {
        const ids = found[`${query.package.ecosystem} ${query.package.name} ${query.version}`] ?? [];
        return ids.length === 0 ? {} : { vulns: ids.map((id) => ({ id, modified: '2026-01-01T00:00:00Z' })) };
      });
      return json({ results });
    }
    const record = records.find(({ id }) => path === `/v1/vulns/${id}`);
    return record === undefined ? notFound : json(record);
  };
}

const waits: number[] = [];
const clock = {
  now: () => 0,
  sleep: async (ms: number) => {
    waits.push(ms);
  },
};

async function compare(
  url: string,
  changes: PackageChanges,
  options: Partial<Parameters<typeof compareVulnerabilities>[2]> = {},
  timeouts = {},
) {
  waits.length = 0;
  const client = openOsv(url, { env: {}, homeDirectory: '/nonexistent', clock, timeouts });
  closing.push(() => client.close());
  return compareVulnerabilities(changes, client, { signal: new AbortController().signal, ...options });
}

const trixie = '?distro=debian-13';
const openssl = changed('pkg:deb/debian/openssl', '3.5.1-1', '3.5.2-1', trixie);

test('only changed packages are asked for, each once, and records only of what differs', async () => {
  const found = {
    'Debian:13 openssl 3.5.1-1': ['DEBIAN-CVE-2026-0001', 'DSA-1-1', 'DEBIAN-CVE-2026-0009'],
    'Debian:13 openssl 3.5.2-1': ['DEBIAN-CVE-2026-0009'],
    'PyPI jinja2 3.1.5': ['GHSA-aaaa-bbbb-cccc', 'PYSEC-2026-1'],
  };
  const deb = (id: string, upstream: string[]) =>
    recordOf({ id, ecosystem: 'Debian:13', name: 'openssl', fixed: '3.5.2-1', more: { upstream } });
  const pypi = (id: string, aliases: string[], more: object) =>
    recordOf({ id, ecosystem: 'PyPI', name: 'jinja2', more: { aliases, ...more } });
  const server = await serve(
    osv(found, [
      deb('DEBIAN-CVE-2026-0001', ['CVE-2026-0001']),
      deb('DSA-1-1', ['CVE-2026-0001', 'CVE-2026-0002']),
      pypi('GHSA-aaaa-bbbb-cccc', ['CVE-2026-0003', 'PYSEC-2026-1'], { database_specific: { severity: 'MODERATE' } }),
      pypi('PYSEC-2026-1', ['CVE-2026-0003', 'GHSA-aaaa-bbbb-cccc'], {}),
      recordOf({ id: 'CVE-2026-0001', ecosystem: 'x', name: 'y', level: 'critical' }),
    ]),
  );
  const libssl = changed('pkg:deb/debian/libssl3t64', '3.5.1-1', '3.5.2-1', `${trixie}&upstream=openssl`);
  const changes = changesOf(openssl, libssl, changed('pkg:pypi/Jinja2', '3.1.5', '3.1.6'));
  const evidence = await compare(`http://${server.host}`, changes, { failOn: 'critical' });
  expect(evidence).toEqual({
    state: 'answered',
    verdict: 'green',
    fresh: [],
    notCompared: [],
    gone: [
      {
        id: 'CVE-2026-0001',
        ids: ['CVE-2026-0001', 'DEBIAN-CVE-2026-0001', 'DSA-1-1'],
        severity: 'critical',
        link: 'https://osv.dev/vulnerability/CVE-2026-0001',
        summary: 'A flaw in openssl',
        packages: ['openssl'],
      },
      {
        id: 'CVE-2026-0003',
        ids: ['CVE-2026-0003', 'GHSA-aaaa-bbbb-cccc', 'PYSEC-2026-1'],
        severity: 'medium',
        link: 'https://osv.dev/vulnerability/CVE-2026-0003',
        summary: 'A flaw in jinja2',
        packages: ['jinja2'],
      },
      expect.objectContaining({ id: 'CVE-2026-0002', severity: 'unknown' }),
    ],
  });
  const [batch] = server.seen;
  expect(JSON.parse(batch?.body ?? '').queries).toHaveLength(4);
  expect(server.lines().filter((line) => line.includes('0009'))).toEqual([]);
  expect(batch?.headers.authorization).toBeUndefined();
});

test('an upgrade that brings something severe is red, and something less severe is green', async () => {
  for (const [level, verdict] of [
    ['high', 'red'],
    ['critical', 'red'],
    ['medium', 'green'],
  ] as const) {
    const record = recordOf({ id: 'DEBIAN-CVE-2026-0001', ecosystem: 'Debian:13', name: 'openssl', level });
    const server = await serve(osv({ 'Debian:13 openssl 3.5.2-1': [record.id] }, [record]));
    const evidence = await compare(`http://${server.host}/`, changesOf(openssl), { failOn: 'high' });
    expect(evidence).toMatchObject({ verdict, fresh: [{ id: 'CVE-2026-0001', severity: level }], gone: [] });
  }
});

test('the same vulnerability by another record on the other side is neither gone nor new', async () => {
  const alias = recordOf({
    id: 'PYSEC-2026-1',
    ecosystem: 'PyPI',
    name: 'x',
    more: { aliases: ['GHSA-aaaa-bbbb-cccc', 'CVE-2026-1'] },
  });
  const found = { 'PyPI x 1': ['GHSA-aaaa-bbbb-cccc'], 'PyPI x 2': ['GHSA-aaaa-bbbb-cccc', 'PYSEC-2026-1'] };
  const server = await serve(osv(found, [alias]));
  const evidence = await compare(`http://${server.host}`, changesOf(changed('pkg:pypi/x', '1', '2')));
  expect(evidence).toMatchObject({ state: 'answered', gone: [], fresh: [] });
});

test('more packages than a batch takes are asked in batches', async () => {
  const server = await serve(osv({ 'npm p1233 1.0.0': ['GHSA-aaaa-bbbb-cccc'] }, []));
  const all = Array.from({ length: 1_234 }, (_, index) => changed(`pkg:npm/p${index}`, '1.0.0', undefined));
  const evidence = await compare(`http://${server.host}`, changesOf(...all));
  expect(evidence).toMatchObject({ gone: [{ id: 'GHSA-aaaa-bbbb-cccc', packages: ['p1233'] }] });
  const sizes = server.seen
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(body).queries.length);
  expect(sizes).toEqual([1_000, 234]);
});

test('pages are read to their end', async () => {
  const server = await serve(({ path, body }) => {
    if (path !== '/api/v1/querybatch') return notFound;
    const { queries } = JSON.parse(body) as { queries: readonly Query[] };
    return json({
      results: queries.map(({ version, page_token }) => {
        if (version !== '3.5.1-1') return {};
        const page = Number(page_token ?? 0);
        return {
          vulns: [{ id: `DEBIAN-CVE-2026-000${page}` }],
          ...(page < 3 ? { next_page_token: String(page + 1) } : {}),
        };
      }),
    });
  });
  const evidence = await compare(`http://${server.host}/api`, changesOf(openssl));
  expect(evidence).toMatchObject({ gone: [0, 1, 2, 3].map((page) => ({ id: `CVE-2026-000${page}` })) });
  expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(4);
});

describe('an answer that cannot be used is neutral, and said', () => {
  const one = { vulns: [{ id: 'DEBIAN-CVE-2026-0001' }] };
  const cases: readonly (readonly [string, Script, string])[] = [
    ['HTML', () => ({ headers: { 'content-type': 'text/html' }, body: '<html>' }), 'osv/bad-answer'],
    ['half of the JSON', () => ({ body: '{"results": [{}' }), 'osv/bad-answer'],
    ['too few results', () => json({ results: [{}] }), 'osv/bad-answer'],
    ['too many results', () => json({ results: [{}, {}, {}] }), 'osv/bad-answer'],
    ['no results', () => json({}), 'osv/bad-answer'],
    ['a list', () => json([]), 'osv/bad-answer'],
    ['null', () => json({ results: [null, null] }), 'osv/bad-answer'],
    [
      'identifiers that are Markdown',
      () => json({ results: [{ vulns: [{ id: '[x](http://e)' }] }, {}] }),
      'osv/bad-answer',
    ],
    [
      'identifiers that are a path',
      () => json({ results: [{ vulns: [{ id: 'CVE-/../../x' }] }, {}] }),
      'osv/bad-answer',
    ],
    [
      'a page that leads to itself',
      () => json({ results: [{ ...one, next_page_token: 'a' }, { next_page_token: 'b' }] }),
      'osv/bad-answer',
    ],
    [
      'a record of another form',
      ({ path }) => (path.includes('vulns') ? json({ id: 1 }) : json({ results: [one, {}] })),
      'osv/bad-answer',
    ],
    ['an endless body', () => (response) => void response.end(Buffer.alloc(40_000_000, 32)), 'osv/unreachable'],
    ['a refusal', () => json({}, 403), 'osv/refused'],
    [
      'a page of HTML that is not found',
      () => ({ status: 404, headers: { 'content-type': 'text/html' } }),
      'osv/refused',
    ],
    ['a redirection', () => ({ status: 302, headers: { location: 'http://169.254.169.254/' } }), 'osv/refused'],
    [
      'a body that breaks off',
      () => (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"results"', () => response.destroy());
      },
      'osv/unreachable',
    ],
  ];
  test.each(cases)('%s', async (_, script, code) => {
    const server = await serve(script);
    const evidence = await compare(`http://${server.host}`, changesOf(openssl), { failOn: 'low' });
    expect(evidence).toMatchObject({ state: 'unanswered', verdict: 'neutral', problem: { code, severity: 'warning' } });
    expect(server.seen.length).toBeLessThan(4);
  });
});

test('what may pass is tried again, as OSV asks for it', async () => {
  const good = osv({}, []);
  const server = await serve((request, nth) => {
    if (nth === 1) return { status: 429, headers: { 'retry-after': '7' } };
    return nth === 2 ? { status: 503 } : good(request, nth);
  });
  const evidence = await compare(`http://${server.host}`, changesOf(openssl), { failOn: 'low' });
  expect(evidence).toMatchObject({ state: 'answered', verdict: 'green' });
  expect(waits).toEqual([7_000, 2_000]);
});

test('an OSV that fails over and over is given up', async () => {
  const server = await serve(() => ({ status: 503 }));
  expect(await compare(`http://${server.host}`, changesOf(openssl))).toMatchObject({
    problem: { code: 'osv/refused' },
  });
  expect(server.seen).toHaveLength(3);
});

test('an OSV that is down', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await new Promise((resolve) => server.close(resolve));
  const evidence = await compare(`http://127.0.0.1:${port}`, changesOf(openssl));
  expect(evidence).toMatchObject({
    verdict: 'neutral',
    problem: { code: 'osv/unreachable', hint: expect.any(String) },
  });
});

test('an OSV that never answers ends at the limit of all questions', async () => {
  const server = await serve(() => () => undefined);
  const evidence = await compare(`http://${server.host}`, changesOf(openssl), { limitMs: 50 });
  expect(evidence).toMatchObject({ verdict: 'neutral', problem: { code: 'osv/slow' } });
});

test.each(Object.entries(slowAnswers))('an OSV that %s is slow, and is not asked again', async (_, answer) => {
  const server = await serve(() => answer);
  const timeouts = { headersMs: 300, bodyMs: 300, totalMs: 600 };
  const evidence = await compare(`http://${server.host}`, changesOf(openssl), { failOn: 'low' }, timeouts);
  expect(evidence).toMatchObject({
    ...{ state: 'unanswered', verdict: 'neutral' },
    problem: { code: 'osv/slow', severity: 'warning', hint: expect.any(String) },
  });
  expect(server.seen).toHaveLength(1);
});

test('where one record is refused, the others that hang are left, and nothing stays open', async () => {
  const ids = ['CVE-1', 'CVE-2'];
  const list = osv({ 'Debian:13 openssl 3.5.1-1': ids }, []);
  const held: (() => void)[] = [];
  const server = await serve((request, nth) => {
    if (!request.path.includes('vulns')) return list(request, nth);
    return (response) => {
      held.push(() => response.writeHead(403).end());
      if (held.length === ids.length) held[0]?.();
    };
  });
  const client = openOsv(`http://${server.host}`, { env: {}, homeDirectory: '/nonexistent', clock });
  const { signal } = new AbortController();
  const evidence = await compareVulnerabilities(changesOf(openssl), client, { signal });
  expect(evidence).toMatchObject({ problem: { code: 'osv/refused' } });
  await client.close();
  expect(held).toHaveLength(2);
});

describe('several comparisons', () => {
  const answering = (find: OsvDatabase['find']): OsvDatabase => ({ find, record: async () => undefined });
  const { signal } = new AbortController();

  test('share one time: those that begin after it are slow, and nobody is asked for them', async () => {
    let now = 0;
    let asked = 0;
    const database = answering(async (packages) => {
      asked += 1;
      now += 4_000;
      return packages.map(() => ({ ids: [] }));
    });
    const compareNext = comparisonsWith(database, { signal, timeoutMs: 7_000, clock: { now: () => now } });
    const found = [];
    for (let image = 0; image < 4; image += 1) found.push(await compareNext(changesOf(openssl)));
    expect(found.map(({ state }) => state)).toEqual(['answered', 'answered', 'unanswered', 'unanswered']);
    expect(found[2]).toMatchObject({
      verdict: 'neutral',
      problem: { code: 'osv/slow', message: 'OSV did not answer all questions in 7 s.' },
    });
    expect(asked).toBe(2);
  });

  test('may have more time than a timer of Node can wait', async () => {
    const database = answering(async (packages) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return packages.map(() => ({ ids: [] }));
    });
    const compareNext = comparisonsWith(database, { signal, timeoutMs: 99_999 * 86_400_000 });
    expect(await compareNext(changesOf(openssl))).toMatchObject({ state: 'answered' });
  });
});

test('an interrupt ends it, and is no answer of OSV', async () => {
  const controller = new AbortController();
  const server = await serve(() => () => controller.abort(new Error('interrupted')));
  await expect(compare(`http://${server.host}`, changesOf(openssl), { signal: controller.signal })).rejects.toThrow(
    'interrupted',
  );
});

test('requests go by the proxy of the environment', async () => {
  const server = await serve(osv({ 'Debian:13 openssl 3.5.1-1': ['DEBIAN-CVE-2026-0001'] }, []));
  const asked: string[] = [];
  const proxy = createProxy();
  proxy.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    const onward = connectTo(Number(server.host.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const [one, other] of [[socket, onward] as const, [onward, socket] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closing.push(async () => void (await new Promise((resolve) => proxy.close(resolve))));
  const address = proxy.address();
  const env = { http_proxy: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` };
  const client = openOsv('http://osv.example', { env, homeDirectory: '/nonexistent', clock });
  const { signal } = new AbortController();
  const evidence = await compareVulnerabilities(changesOf(openssl), client, { signal });
  await client.close();
  expect(evidence).toMatchObject({ state: 'answered', gone: [{ id: 'CVE-2026-0001' }] });
  expect(asked).toContain('osv.example:80');
});

test('nothing is asked where nothing changed', async () => {
  const server = await serve(() => ({ status: 500 }));
  const evidence = await compare(`http://${server.host}`, changesOf(), { failOn: 'low' });
  expect(evidence).toMatchObject({ state: 'answered', verdict: 'green', gone: [], fresh: [] });
  expect(server.seen).toEqual([]);
});

const named = (name: string) => changed(`pkg:npm/${name}`, '1.0.0', '2.0.0');

/** Refuses each batch that asks for a package of this name, as OSV does. */
const refusing =
  (isRefused: (name: string) => boolean, script: Script): Script =>
  (request, nth) => {
    const { queries = [] } = request.body === '' ? {} : (JSON.parse(request.body) as { queries?: readonly Query[] });
    const isBad = queries.some((query) => isRefused(query.package.name));
    return isBad ? json({ code: 3, message: 'Invalid query.' }, 400) : script(request, nth);
  };

test('one query that is refused takes the answers of no other', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
  const record = recordOf({ id: 'GHSA-aaaa-bbbb-cccc', ecosystem: 'npm', name: 'p33' });
  const server = await serve(refusing((name) => name === 'p17', osv({ 'npm p33 2.0.0': [record.id] }, [record])));
  const evidence = await compare(`http://${server.host}`, changesOf(...names.map(named)));
  expect(evidence).toMatchObject({
    ...{ state: 'answered', gone: [], fresh: [{ packages: ['p33'] }] },
    notCompared: [{ what: 'npm', why: 'refused', packages: 2 }],
  });
  expect(server.seen.length).toBeLessThan(40);
});

test.each([1, 3, 2_000])('an OSV that refuses all of %i packages does not answer', async (count) => {
  const server = await serve(refusing(() => true, osv({}, [])));
  const upgraded = Array.from({ length: count }, (_, at) => named(`p${at}`));
  const evidence = await compare(`http://${server.host}`, changesOf(...upgraded));
  expect(evidence).toMatchObject({ state: 'unanswered', problem: { code: 'osv/refused' } });
  expect(server.seen.length).toBeLessThan(80);
});
