import { describe, expect, test } from 'vitest';
import { errorOf, openClient, serve } from './support.ts';

const page = (tags: unknown, link?: string) => ({
  headers: { 'content-type': 'application/json', ...(link === undefined ? {} : { link }) },
  body: JSON.stringify({ name: 'a', tags }),
});

describe('the list of tags', () => {
  test('is followed from page to page', async () => {
    const server = await serve((_, nth) =>
      nth < 3 ? page([`t${nth}`], `</v2/a/b/tags/list?last=t${nth}&n=1>; rel="next"`) : page(['t3']),
    );
    const client = openClient(server.host);
    expect(await client.listTags('a/b')).toEqual(['t1', 't2', 't3']);
    expect(server.lines().slice(1)).toEqual([
      'GET /v2/a/b/tags/list?n=1000',
      'GET /v2/a/b/tags/list?last=t1&n=1',
      'GET /v2/a/b/tags/list?last=t2&n=1',
    ]);
    expect(client.counts.tagList).toBe(3);
  });

  test.each([
    ['another host', 'http://inside.example:5000/v2/a/tags/list?last=t1&n=1'],
    ['another scheme', 'https://HOST/v2/a/tags/list?last=t1&n=1'],
    ['its own host without a port', 'http://127.0.0.1/v2/a/tags/list?last=t1&n=1'],
    ['a host alone', '//inside.example/v2/a/tags/list?last=t1&n=1'],
  ])('is followed at the registry itself where the next page is at %s', async (_, link) => {
    const server = await serve(({ headers }, nth) =>
      nth === 1 ? page(['t1'], `<${link.replace('HOST', `${headers.host}`)}>; rel="next"`) : page(['t2']),
    );
    expect(await openClient(server.host).listTags('a')).toEqual(['t1', 't2']);
    expect(server.lines().at(-1)).toBe('GET /v2/a/tags/list?last=t1&n=1');
  });

  test('may be absent, empty or null', async () => {
    const answers = [{ status: 404 }, page([]), page(null), { body: '{"name":"a"}' }];
    const server = await serve((_, nth) => answers[nth - 1] ?? { status: 500 });
    const client = openClient(server.host);
    expect(await client.listTags('a')).toBeUndefined();
    for (let left = 0; left < 3; left += 1) expect(await client.listTags('a')).toEqual([]);
  });

  test('with 10,000 tags in one page is read', async () => {
    const tags = Array.from({ length: 10_000 }, (_, index) => `tag-${index}`);
    const server = await serve(() => page(tags));
    expect(await openClient(server.host).listTags('a')).toEqual(tags);
  });

  test('that has no end is an error', async () => {
    const server = await serve((_, nth) => page(['x'], `</v2/a/tags/list?last=${nth}>; rel="next"`));
    expect(await errorOf(openClient(server.host).listTags('a'))).toMatchObject({ kind: 'bad-answer' });
    expect(server.seen).toHaveLength(501);
  });

  test.each([
    ['this very page', '</v2/a/tags/list?n=1000>; rel="next"'],
    ['no URL', '<http://[>; rel="next"'],
  ])('that goes on to %s is an error', async (_, link) => {
    const server = await serve(() => page(['x'], link));
    expect(await errorOf(openClient(server.host).listTags('a'))).toMatchObject({ kind: 'bad-answer' });
    expect(server.seen).toHaveLength(2);
  });

  test.each([
    ['no JSON', { body: '{"tags":[' }, 'bad-answer'],
    ['a list', { body: '[]' }, 'bad-answer'],
    ['tags that are none', page(['a b']), 'bad-answer'],
    ['tags that are numbers', page([1]), 'bad-answer'],
    ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>' }, 'not-a-registry'],
  ])('that is %s is an error', async (_, answer, kind) => {
    const server = await serve(() => answer);
    expect(await errorOf(openClient(server.host).listTags('a'))).toMatchObject({ kind });
  });
});
