import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { rateLimiter } from '../../src/http/rate-limiter.ts';
import { errorOf, makeIndex, openClient, serve, served, tag, testClock } from './support.ts';

const index = makeIndex();

describe('the rate limiter', () => {
  test('keeps to the limit in every span of a minute, and comes near it', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 400 }),
      fc.array(fc.nat(3_000), { minLength: 1, maxLength: 50 }),
      async (limit, pauses) => {
        const clock = testClock();
        const limiter = rateLimiter(limit, clock);
        const times: number[] = [];
        for (let sent = 0; sent < limit * 3; sent += 1) {
          await limiter.take();
          times.push(clock.now());
          if (sent % 7 === 0) clock.advance(pauses[sent % pauses.length] ?? 0);
        }
        for (const [first, time] of times.entries()) {
          const within = times.slice(first).findIndex((later) => later >= time + 60_000);
          expect(within === -1 ? times.length - first : within).toBeLessThanOrEqual(limit);
        }
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  test('lets 300 requests a minute pass in little more than a minute', async () => {
    const clock = testClock();
    const limiter = rateLimiter(300, clock);
    const start = clock.now();
    for (let sent = 0; sent < 300; sent += 1) await limiter.take();
    expect(clock.now() - start).toBeGreaterThanOrEqual(59_000);
    expect(clock.now() - start).toBeLessThan(61_000);
  });

  test('without a limit never waits', async () => {
    const clock = testClock();
    const limiter = rateLimiter(undefined, clock);
    for (let sent = 0; sent < 10_000; sent += 1) await limiter.take();
    expect(clock.sleeps).toEqual([]);
  });

  test('is empty after a pause', async () => {
    const clock = testClock();
    const limiter = rateLimiter(60, clock);
    limiter.pause(10_000);
    await limiter.take();
    expect(clock.sleeps).toEqual([10_000 + Math.ceil(60_000 / 54)]);
    await limiter.take();
    expect(clock.sleeps).toHaveLength(2);
  });

  test('ends its wait when the signal aborts', async () => {
    const limiter = rateLimiter(1, testClock());
    await limiter.take();
    await expect(limiter.take(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});

describe('a registry that answers 429', () => {
  test('with Retry-After in seconds is left alone by all requests for so long', async () => {
    const clock = testClock();
    const arrivals: number[] = [];
    const server = await serve((_, nth) => {
      arrivals.push(clock.now());
      return nth === 1 ? { status: 429, headers: { 'retry-after': '30' } } : served(index);
    });
    const client = openClient(server.host, { clock, concurrency: 1 });
    await Promise.all([client.head('a', tag), client.head('b', tag), client.head('c', tag)]);
    expect(arrivals.slice(1).every((time) => time - (arrivals[0] ?? 0) >= 30_000)).toBe(true);
    expect(client.counts.manifestHead).toBe(4);
  });

  test('is left alone by requests that come later, too', async () => {
    const sleepers: (() => void)[] = [];
    let now = 0;
    const clock = { now: () => now, sleep: () => new Promise<void>((resolve) => void sleepers.push(resolve)) };
    const server = await serve((_, nth) =>
      nth === 1 ? { status: 429, headers: { 'retry-after': '30' } } : served(index),
    );
    const client = openClient(server.host, { clock });
    const first = client.head('a', tag);
    await vi.waitFor(() => expect(sleepers).toHaveLength(1));
    const second = client.head('b', tag);
    await vi.waitFor(() => expect(sleepers).toHaveLength(2));
    expect(client.counts.manifestHead).toBe(1);
    now = 30_000;
    for (const wake of sleepers) wake();
    expect(await Promise.all([first, second])).toHaveLength(2);
  });

  test('with Retry-After as a date waits until then', async () => {
    const clock = testClock(Date.UTC(2026, 0, 1));
    const date = 'Thu, 01 Jan 2026 00:00:45 GMT';
    const server = await serve((_, nth) =>
      nth === 1 ? { status: 429, headers: { 'retry-after': date } } : served(index),
    );
    await openClient(server.host, { clock }).head('a', tag);
    expect(clock.sleeps).toEqual([45_000]);
  });

  test('without Retry-After waits longer and longer, and gives up', async () => {
    const clock = testClock();
    const server = await serve(() => ({ status: 429 }));
    const client = openClient(server.host, { clock });
    const error = await errorOf(client.get('a', tag));
    expect(error).toMatchObject({ kind: 'rate-limited', status: 429, retryAfterMs: undefined });
    expect(clock.sleeps).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(client.counts.manifestGet).toBe(5);
  });

  test('with a Retry-After of hours is not asked again by anybody until then', async () => {
    const clock = testClock();
    const server = await serve((_, nth) =>
      nth === 1
        ? { status: 429, headers: { 'retry-after': '7200' }, body: 'toomanyrequests: pull rate limit' }
        : served(index),
    );
    const client = openClient(server.host, { clock, concurrency: 1 });
    const errors = await Promise.all([errorOf(client.get('a', tag)), errorOf(client.get('b', tag))]);
    expect(errors).toMatchObject([{ retryAfterMs: 7_200_000 }, { retryAfterMs: 7_200_000 }]);
    expect(errors[1]?.problems[0]?.message).toMatch(`GET ${server.host}: too many requests (429).`);
    expect(client.counts.manifestGet).toBe(1);
    clock.advance(7_200_000);
    expect(await client.head('a', tag)).toBeDefined();
  });

  test('on a ping or at the token server is waited for as well', async () => {
    let pings = 0;
    const ping = () => {
      pings += 1;
      return pings === 1 ? { status: 429, headers: { 'retry-after': '2' } } : {};
    };
    const clock = testClock();
    const server = await serve(() => served(index), { ping });
    expect(await openClient(server.host, { clock }).head('a', tag)).toBeDefined();
    expect(clock.sleeps).toEqual([2_000]);
  });
});

describe('the pull limit', () => {
  test('is undefined until an answer carries it, and then the last that was told', async () => {
    const limits = [{}, { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '98;w=21600' }, {}];
    const server = await serve((_, nth) => served(index, limits[nth - 1]));
    const client = openClient(server.host);
    await client.head('a', tag);
    expect(client.pullLimit).toBeUndefined();
    await client.head('a', tag);
    expect(client.pullLimit).toEqual({ limit: 100, remaining: 98, windowSeconds: 21_600 });
    await client.head('a', tag);
    expect(client.pullLimit?.remaining).toBe(98);
  });

  test('is read from a 429 too', async () => {
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' };
    const server = await serve(() => ({ status: 429, headers }));
    const client = openClient(server.host, { retry: { tries: 1 } });
    await errorOf(client.get('a', tag));
    expect(client.pullLimit?.remaining).toBe(0);
  });
});
