import { connect } from 'node:net';
import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import type { CredentialStore } from '../../src/registry/auth/credential-types.ts';
import type { SeenRequest } from '../support/scripted-server.ts';
import { errorOf, makeIndex, openClient, serve, served, tag, testClock } from './support.ts';

const index = makeIndex();
const challenge = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"';

/** A stand-in for the Hub: every connection leads to one scripted server, whatever host it is for. */
async function standIn(script: (request: SeenRequest) => ReturnType<typeof served> = () => served(index)) {
  const server = await serve(
    (request) => (request.path.startsWith('/token') ? { body: '{"token":"hub-token-1"}' } : script(request)),
    { ping: () => ({ status: 401, headers: { 'www-authenticate': challenge } }) },
  );
  const origins = new Set<string>();
  const [host = '', port] = server.host.split(':');
  const dispatcher = new Agent({
    connect: ({ protocol, hostname }, callback) => {
      origins.add(`${protocol}//${hostname}`);
      const socket = connect(Number(port), host, () => callback(null, socket));
    },
  });
  return { server, origins, dispatcher };
}

describe('docker.io', () => {
  test.each([
    ['docker.io', true],
    ['index.docker.io', false],
    ['registry-1.docker.io', false],
  ])('as %s (insecure: %s) is the Hub’s real host, over TLS', async (name, insecure) => {
    const { server, origins, dispatcher } = await standIn();
    expect(await openClient(name, { dispatcher, insecure }).head('library/golang', tag)).toBeDefined();
    expect([...origins]).toEqual(['https://registry-1.docker.io', 'https://auth.docker.io']);
    expect(server.seen.map(({ headers }) => headers.host)).toEqual([
      'registry-1.docker.io',
      'auth.docker.io',
      'registry-1.docker.io',
    ]);
  });

  test('is called so where credentials are looked up and in messages', async () => {
    const asked: string[] = [];
    const credentials: CredentialStore = {
      find: async (host, repository) => {
        asked.push(`${host}/${repository}`);
        return undefined;
      },
    };
    const { dispatcher } = await standIn(() => ({ status: 401, body: '' }));
    const error = await errorOf(openClient('docker.io', { dispatcher, credentials }).get('library/golang', tag));
    expect(new Set(asked)).toEqual(new Set(['docker.io/library/golang']));
    expect(error.problems[0]?.message).toMatch(/^GET docker\.io\/library\/golang:1\.0: /);
    expect(error.problems[0]?.hint).toContain('`docker login docker.io`');
  });

  test('is asked at most 300 times a minute, unless told otherwise', async () => {
    for (const [options, atLeast, atMost] of [
      [{}, 30_000, 60_000],
      [{ requestsPerMinute: 1_000 }, 0, 10_000],
    ] as const) {
      const { dispatcher } = await standIn();
      const clock = testClock();
      const start = clock.now();
      const client = openClient('docker.io', { dispatcher, clock, ...options });
      for (let asked = 0; asked < 200; asked += 1) await client.head('library/golang', tag);
      expect(clock.now() - start).toBeGreaterThanOrEqual(atLeast);
      expect(clock.now() - start).toBeLessThanOrEqual(atMost);
    }
  });

  test('that answers 429 explains the pull limit', async () => {
    const { dispatcher } = await standIn(() => ({
      status: 429,
      body: 'toomanyrequests: You have reached your pull rate limit',
    }));
    const error = await errorOf(
      openClient('docker.io', { dispatcher, retry: { tries: 1 } }).get('library/golang', tag),
    );
    expect(error.problems[0]?.message).toContain('You have reached your pull rate limit');
    expect(error.problems[0]?.hint).toContain('100 pulls in 6 hours');
  });
});
