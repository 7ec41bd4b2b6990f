import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/http/clock.ts';
import { type HubApi, HubApiError, type HubApiOptions, openHubApi } from '../../src/registry/hub-tags.ts';
import { type HubWebApi, type StandInTag, startHubWebApi } from '../support/hub/web-api.ts';
import { digest } from '../support/lockfiles.ts';

const many: StandInTag[] = Array.from({ length: 230 }, (_, index) => ({
  name: `1.${index}`,
  digest: digest(`${index}`),
  pushed: '2026-11-20T08:00:00.123456Z',
}));

let hub: HubWebApi;
const open: HubApi[] = [];

beforeAll(async () => {
  hub = await startHubWebApi({
    'library/debian': many,
    'library/old': [{ name: 'gone' }],
    'library/empty': [],
  });
});

afterEach(async () => {
  hub.respond(undefined);
  hub.seen.length = 0;
  await Promise.all(open.splice(0).map((api) => api.close()));
  expect(hub.violations()).toEqual([]);
});

function client(more: Partial<HubApiOptions> = {}): HubApi {
  const api = openHubApi({ env: hub.env, homeDirectory: '/nonexistent', ...more });
  open.push(api);
  return api;
}

/** A clock that passes as fast as somebody sleeps by it. */
function quickClock(): Clock & { readonly slept: number[] } {
  let now = Date.parse('2026-11-20T08:00:00Z');
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
  };
}

async function errorOf(work: Promise<unknown>): Promise<HubApiError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof HubApiError) return error;
  throw new Error(`not an error of the Hub: ${error}`);
}

/** A tag in the words of the Hub. */
const asListed = (tag: StandInTag | undefined) => ({ ...tag, tag_last_pushed: tag?.pushed });

const codeOf = async (work: Promise<unknown>) => (await errorOf(work)).problems[0]?.code;
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

describe('the list of tags of the Hub’s web API', () => {
  test('is read page by page, with digests and days, and without credentials', async () => {
    expect(await client().listTags('library/debian')).toEqual(many);
    expect(hub.lines()).toEqual([1, 2, 3].map((page) => `GET ${path('debian', page)}`));
    expect(hub.asked.every((host) => host === 'hub.docker.com:443')).toBe(true);
    expect(hub.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
  });

  test('may lack digests and days, be empty or absent', async () => {
    const api = client();
    expect(await api.listTags('library/old')).toEqual([{ name: 'gone' }]);
    expect(await api.listTags('library/empty')).toEqual([]);
    expect(await api.listTags('library/nothing')).toBeUndefined();
  });

  test('has each tag once where tags are pushed or deleted while it is read', async () => {
    hub.respond(({ path: asked }) => {
      if (asked.includes('page=1&')) return undefined;
      // A push has moved one tag onto the second page; a deletion leaves no third one.
      if (asked.includes('page=2&')) return json({ next: 'x', results: [many[99], many[100]].map(asListed) });
      return json({ message: 'object not found' }, 404);
    });
    expect(await client().listTags('library/debian')).toEqual(many.slice(0, 101));
  });

  test('does not follow an address that an answer names', async () => {
    hub.respond(({ path: asked }) =>
      asked.includes('page=1&')
        ? json({ next: 'http://127.0.0.1:1/inside', results: [many[0]] })
        : json({ results: [] }),
    );
    expect(await client().listTags('library/debian')).toHaveLength(1);
    expect(hub.lines()).toEqual([1, 2].map((page) => `GET ${path('debian', page)}`));
  });

  test.each([
    ['what is not JSON', { body: '<html>', headers: { 'content-type': 'text/html' } }],
    ['a list', json([])],
    ['no results', json({ next: null })],
    ['a tag that is none', json({ results: [{ name: '\u001b[31m' }] })],
    ['a page without tags that goes on', json({ next: 'x', results: [] })],
  ])('that is %s is an error', async (_, answer) => {
    hub.respond(() => answer);
    expect(await codeOf(client().listTags('library/debian'))).toBe('hub/bad-answer');
  });

  test('that has no end is an error', async () => {
    let page = 0;
    hub.respond(() => json({ next: 'x', results: [{ name: `t${page++}` }] }));
    expect(await codeOf(client().listTags('library/debian'))).toBe('hub/bad-answer');
    expect(hub.seen).toHaveLength(1_000);
  });
});

function path(image: string, page: number): string {
  return `/v2/namespaces/library/repositories/${image}/tags?page=${page}&page_size=100`;
}

describe('the limit of the Hub’s web API', () => {
  test.each([
    ['seconds', { 'retry-after': '40' }, 40_000],
    ['a date', { 'retry-after': 'Fri, 20 Nov 2026 08:00:30 GMT' }, 30_000],
    [
      'when it resets',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Date.parse('2026-11-20T08:00:20Z') / 1_000}` },
      20_000,
    ],
    ['nothing', {}, 60_000],
  ])('is waited for where a 429 says %s', async (_, headers, ms) => {
    const clock = quickClock();
    const waits: number[] = [];
    hub.respond((_request, nth) => (nth === 1 ? json({ detail: 'Rate limit exceeded' }, 429, headers) : undefined));
    const tags = await client({ clock, onWait: (wait) => waits.push(wait) }).listTags('library/old');
    expect(tags).toEqual([{ name: 'gone' }]);
    expect([clock.slept, waits]).toEqual([[ms], [ms]]);
  });

  test('is not run into where no request is left', async () => {
    const clock = quickClock();
    const reset = `${Date.parse('2026-11-20T08:00:15Z') / 1_000}`;
    hub.respond(({ path: asked }) =>
      asked.includes('page=1&')
        ? json({ next: 'x', results: [many[0]] }, 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })
        : json({ next: null, results: [many[1]] }),
    );
    expect(await client({ clock }).listTags('library/debian')).toHaveLength(2);
    expect(clock.slept).toEqual([15_000]);
  });

  test('is not waited for where it takes minutes; nobody asks again', async () => {
    const clock = quickClock();
    hub.respond(() => json({}, 429, { 'retry-after': '3600' }));
    const api = client({ clock });
    const error = await errorOf(api.listTags('library/debian'));
    expect(error.problems).toMatchObject([{ code: 'hub/rate-limited', message: expect.stringContaining('60 min') }]);
    expect(await codeOf(api.listTags('library/old'))).toBe('hub/rate-limited');
    expect([hub.seen.length, clock.slept]).toEqual([1, []]);
  });
});

test.each([
  [503, 4, 'hub/refused'],
  [403, 1, 'hub/refused'],
  [301, 1, 'hub/refused'],
])('an answer %s is sent for %s times', async (status, times, code) => {
  hub.respond(() => json({ message: 'no' }, status, { location: 'https://elsewhere.example/' }));
  expect(await codeOf(client({ clock: quickClock() }).listTags('library/debian'))).toBe(code);
  expect(hub.seen).toHaveLength(times);
});

test('a Hub that cannot be reached is an error that names the other list', async () => {
  const api = client({ env: { HTTPS_PROXY: 'http://127.0.0.1:1' }, clock: quickClock() });
  const { problems } = await errorOf(api.listTags('library/debian'));
  expect(problems).toMatchObject([{ code: 'hub/unreachable', hint: expect.stringContaining('--list registry') }]);
});
