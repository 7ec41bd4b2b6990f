import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/http/clock.ts';
import type { Answer, ScriptedServer } from '../support/scripted-server.ts';
import { errorOf, makeIndex, openClient, passwordStore, serve, served, tag, testClock } from './support.ts';

const index = makeIndex();
const hangUp: Answer = (response) => void response.socket?.destroy();

/** Something to wait for. */
function event() {
  let happens = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    happens = resolve;
  });
  return { happened, happens: () => happens() };
}

/** A registry that is there, and away while `isAway`. */
async function comingAndGoing(): Promise<ScriptedServer & { isAway: boolean }> {
  const server = await serve(() => (state.isAway ? hangUp : served(index)));
  const state = Object.assign(server, { isAway: false });
  return state;
}

describe('a registry that goes away', () => {
  test('is found out by the tries of one request, and what comes later fails at once', async () => {
    const server = await comingAndGoing();
    const clock = testClock();
    const client = openClient(server.host, { clock });
    await client.head('a', tag);
    server.isAway = true;
    const first = await errorOf(client.head('a', tag));
    expect(client.counts.manifestHead).toBe(1 + 5);
    const waited = clock.sleeps.length;
    const later = await Promise.all(Array.from({ length: 100 }, (_, nth) => errorOf(client.get(`b${nth}`, tag))));
    expect(client.counts).toMatchObject({ manifestHead: 6, manifestGet: 0 });
    expect(clock.sleeps).toHaveLength(waited);
    expect(new Set(later.map(({ message }) => message)).size).toBe(1);
    expect(later[0]?.kind).toBe(first.kind);
    expect(later[0]?.message).toContain(`HEAD ${server.host}: there is no connection`);
  });

  test('wakes what waits for its next try', async () => {
    const server = await comingAndGoing();
    const sleepers = 5;
    let asleep = 0;
    const all = event();
    // Those that sleep first do so for an hour; the one that comes then does not.
    const clock: Clock = {
      now: () => 0,
      sleep(_, signal) {
        asleep += 1;
        if (asleep === sleepers) all.happens();
        return asleep <= sleepers ? systemClock.sleep(3_600_000, signal) : Promise.resolve();
      },
    };
    const client = openClient(server.host, { clock });
    await client.head('a', tag);
    server.isAway = true;
    const waiting = Array.from({ length: sleepers }, () => errorOf(client.head('b', tag)));
    await all.happened;
    expect((await errorOf(client.head('a', tag))).kind).toBe('network');
    for (const error of await Promise.all(waiting)) expect(error.kind).toBe('network');
  });

  test('is asked once, without waiting, after a minute; one answer and all is as before', async () => {
    const server = await comingAndGoing();
    const clock = testClock();
    const client = openClient(server.host, { clock });
    await client.head('a', tag);
    server.isAway = true;
    await errorOf(client.head('a', tag));
    const asked = client.counts.manifestHead;
    clock.advance(60_000);
    const waited = clock.sleeps.length;
    await Promise.all(Array.from({ length: 10 }, () => errorOf(client.head('a', tag))));
    expect(client.counts.manifestHead).toBe(asked + 1);
    expect(clock.sleeps).toHaveLength(waited);
    server.isAway = false;
    await errorOf(client.head('a', tag));
    clock.advance(60_000);
    expect(await client.head('a', tag)).toBeDefined();
    expect(await client.head('a', tag)).toBeDefined();
  });

  test('for one request alone is not away: an answer to another says so', async () => {
    const server = await serve(({ path }) => (path.includes('/bad/') ? hangUp : served(index)));
    const client = openClient(server.host, {
      clock: {
        now: () => 0,
        sleep: async () => {
          await client.head('good', tag);
        },
      },
    });
    expect((await errorOf(client.head('bad', tag))).kind).toBe('network');
    expect(await client.head('good', tag)).toBeDefined();
  });

  test('is not one that answers 403, 404 or 500', async () => {
    for (const status of [403, 404, 500]) {
      const server = await serve((_, nth) => (nth <= 5 ? { status } : served(index)));
      const client = openClient(server.host, { retry: { tries: 5 } });
      if (status === 500) await errorOf(client.head('a', tag));
      else for (let nth = 0; nth < 5; nth += 1) await client.head('a', tag).catch(() => undefined);
      expect(await client.head('a', tag)).toBeDefined();
    }
  });

  test('that never was there is asked by one request’s tries', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
    await new Promise((resolve) => server.close(resolve));
    const clock = testClock();
    const client = openClient(host, { clock });
    await Promise.all(Array.from({ length: 50 }, (_, nth) => errorOf(client.head(`a${nth}`, tag))));
    expect(client.counts).toMatchObject({ auth: 5, manifestHead: 0 });
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
  });
});

describe('a token server that goes away', () => {
  test('is found out by the tries of one request', async () => {
    let asked = 0;
    const tokens = await serve(() => {
      asked += 1;
      return hangUp;
    });
    const challenge = { 'www-authenticate': `Bearer realm="http://${tokens.host}/token"` };
    const server = await serve(() => served(index), { ping: () => ({ status: 401, headers: challenge }) });
    const client = openClient(server.host, { concurrency: 1 });
    const first = await errorOf(client.head('a', tag));
    expect(first.message).toContain(`(at ${tokens.host})`);
    expect(asked).toBe(5);
    for (let nth = 0; nth < 20; nth += 1) await errorOf(client.head(`b${nth}`, tag));
    expect(asked).toBe(5);
  });
});

describe('a client that is closed', () => {
  test('does not wait for the next try of anything', async () => {
    const server = await serve(() => ({ status: 500 }));
    const waiting = event();
    const clock: Clock = {
      ...systemClock,
      sleep: (_, signal) => {
        waiting.happens();
        return systemClock.sleep(3_600_000, signal);
      },
    };
    const client = openClient(server.host, { clock });
    const work = client.head('a', tag).catch((error: unknown) => String(error));
    await waiting.happened;
    await client.close();
    expect(await work).toContain('was closed');
  });

  test('ends what is under way, and what waits for its turn', async () => {
    const arrived = event();
    const server = await serve(() => () => arrived.happens());
    const client = openClient(server.host, { concurrency: 1 });
    const works = Array.from({ length: 3 }, () => client.head('a', tag).catch((error: unknown) => String(error)));
    await arrived.happened;
    await client.close();
    for (const error of await Promise.all(works)) expect(error).toContain('was closed');
    expect(server.lines().filter((line) => line.startsWith('HEAD'))).toHaveLength(1);
  });

  test('leaves nothing behind on its signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener].map((own) => own.bind(signal));
    Object.assign(signal, {
      addEventListener: (...args: Parameters<AbortSignal['addEventListener']>) => {
        listeners += 1;
        add?.(...args);
      },
      removeEventListener: (...args: Parameters<AbortSignal['removeEventListener']>) => {
        listeners -= 1;
        remove?.(...args);
      },
    });
    const server = await serve(() => served(index));
    const client = openClient(server.host, { signal });
    await client.head('a', tag);
    await client.close();
    expect(listeners).toBe(0);
  });
});

describe('a login that is refused', () => {
  const options = { credentials: passwordStore('me', 'wrong'), concurrency: 1 };
  const basic = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };

  test('everywhere, by the registry, is not sent again and again', async () => {
    const server = await serve(() => basic, { ping: () => basic });
    const client = openClient(server.host, options);
    const errors = [];
    for (let nth = 0; nth < 20; nth += 1) errors.push(await errorOf(client.head(`a${nth}`, tag)));
    expect(new Set(errors.map(({ kind }) => kind))).toEqual(new Set(['unauthorized']));
    expect(errors[19]?.problems[0]?.hint).toContain('The credentials from a test were not enough');
    expect(errors[19]?.message).toContain('/a19:1.0');
    expect(client.counts.manifestHead).toBe(3);
  });

  test('everywhere, by the token server, is not sent again and again', async () => {
    const tokens = await serve(() => ({ status: 401, body: '{"details":"wrong password"}' }));
    const challenge = { 'www-authenticate': `Bearer realm="http://${tokens.host}/token"` };
    const server = await serve(() => served(index), { ping: () => ({ status: 401, headers: challenge }) });
    const client = openClient(server.host, options);
    for (let nth = 0; nth < 20; nth += 1)
      expect((await errorOf(client.head(`a${nth}`, tag))).kind).toBe('unauthorized');
    expect(tokens.seen).toHaveLength(3);
  });

  test('for some repositories, and taken for another, is sent for each', async () => {
    const server = await serve(({ path }) => (path.includes('/good/') ? served(index) : basic), { ping: () => basic });
    const client = openClient(server.host, options);
    await client.head('good', tag);
    for (let nth = 0; nth < 10; nth += 1) await errorOf(client.head(`a${nth}`, tag));
    expect(await client.head('good', tag)).toBeDefined();
    expect(client.counts.manifestHead).toBe(12);
  });

  test('is none where nobody logged in', async () => {
    const server = await serve(({ path }) => (path.includes('/good/') ? served(index) : { status: 401 }));
    const client = openClient(server.host, { concurrency: 1 });
    for (let nth = 0; nth < 10; nth += 1) await errorOf(client.head(`a${nth}`, tag));
    expect(await client.head('good', tag)).toBeDefined();
  });
});
