import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Answer, PlainRequest } from '../forge/exchange.ts';
import { describedApi } from './description.ts';
import { refusal } from './exchange.ts';
import { servedOperations } from './operations.ts';

const repository = '/repos/acme/mirror';

/** How a request, and our answer to it, break the description. */
async function violations(request: Partial<PlainRequest>, answer: Answer = refusal(404, 'Not Found')) {
  const found: string[] = [];
  const api = await describedApi((violation) => found.push(violation));
  const body = request.body ?? '';
  const headers = body === '' ? {} : { 'content-type': 'application/json' };
  const served = { method: 'GET', path: repository, query: '', headers, body, ...request };
  const { status } = await api.handle(served, async () => answer);
  return { found, status };
}

test('what is described and what is served are the same', async () => {
  for (const operation of Object.keys(servedOperations)) {
    const [method = '', template = ''] = operation.split(' ');
    const path = template.replace('{owner}/{repo}', 'acme/mirror').replace(/\{\w+\}/g, '1');
    const { found } = await violations({ method, path, body: method === 'GET' ? '' : '{}' });
    expect(found.filter((violation) => violation.includes('no such operation'))).toEqual([]);
  }
});

test('the description is small', () => {
  expect(statSync(new URL('description.json', import.meta.url)).size).toBeLessThan(80_000);
});

test.for([
  ['an unknown operation', { path: '/repos/acme/mirror/pulls/1/merge', method: 'PUT' }],
  ['an unknown query', { path: `${repository}/pulls`, query: '?sort=created&colour=red' }],
  ['a value that is none of those listed', { path: `${repository}/pulls`, query: '?state=merged' }],
  ['a number that is none', { path: `${repository}/pulls/one` }],
  ['a field that is missing', { path: `${repository}/pulls`, method: 'POST', body: '{"title":"x","head":"a"}' }],
  ['an unknown field', { path: `${repository}/pulls/1`, method: 'PATCH', body: '{"draft":true}' }],
  ['a field of another type', { path: `${repository}/issues/1/comments`, method: 'POST', body: '{"body":1}' }],
  ['a body that is no JSON', { path: `${repository}/issues/1/comments`, method: 'POST', body: '{' }],
] as const)('%s is not allowed in a request', async ([, request]) => {
  const { found, status } = await violations(request);
  expect(found).toHaveLength(1);
  expect(status).toBe(400);
});

test.for([
  ['a field that is missing', { status: 201, body: { id: 1 } }],
  ['an answer of another kind', { status: 200, body: [] }],
  ['an unknown status', { status: 418, body: {} }],
] as const)('%s is not allowed in an answer', async ([, answer]) => {
  const request = { path: `${repository}/issues/1/comments`, method: 'POST', body: '{"body":"x"}' };
  expect((await violations(request, answer)).found).not.toEqual([]);
});

test('an unknown field is not allowed in an answer', async () => {
  const label = {
    ...{ id: 1, node_id: 'x', url: 'https://example.com', name: 'bug' },
    ...{ description: null, color: 'f29513', default: false },
  };
  const request = { path: `${repository}/issues/1/labels`, method: 'POST', body: '{"labels":["bug"]}' };
  expect((await violations(request, { status: 200, body: [label] })).found).toEqual([]);
  const { found } = await violations(request, { status: 200, body: [{ ...label, colour: 'red' }] });
  expect(found).toEqual([expect.stringContaining('additional')]);
  const wrongUrl = [{ ...label, url: 'nowhere' }];
  expect((await violations(request, { status: 200, body: wrongUrl })).found).toEqual([expect.stringContaining('uri')]);
});
