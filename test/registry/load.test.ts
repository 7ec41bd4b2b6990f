import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RegistryError } from '../../src/registry/errors.ts';
import { adaptiveLoad } from '../../src/registry/requester.ts';
import { errorOf, makeIndex, openClient, serve, served, tag, testClock } from './support.ts';

const request = { method: 'HEAD', host: 'registry.example.com', repository: 'a' };
const failure = (kind: 'server' | 'rate-limited' | 'denied' | 'network', more = {}) =>
  new RegistryError({
    kind,
    request,
    summary: 'x',
    ...(kind === 'network' ? {} : { status: statusOf[kind] }),
    ...more,
  });
const statusOf = { server: 503, 'rate-limited': 429, denied: 403 };

describe('the load of a registry', () => {
  test('halves where it answers 429 or 5xx, once for what was under way, down to one', () => {
    const load = adaptiveLoad(8);
    const round = Array.from({ length: 8 }, () => load.begin());
    for (const begun of round) load.ended(begun, failure('server'));
    expect(load.atOnce).toBe(4);
    for (const expected of [2, 1, 1]) {
      load.ended(load.begin(), failure('rate-limited'));
      expect(load.atOnce).toBe(expected);
    }
  });

  test('grows by one after each round that went well, up to what was configured', () => {
    const load = adaptiveLoad(4);
    load.ended(load.begin(), failure('server'));
    const atOnce = Array.from({ length: 12 }, (_, nth) => {
      load.ended(load.begin(), nth % 2 === 0 ? undefined : failure('denied'));
      return load.atOnce;
    });
    expect(atOnce).toEqual([2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]);
  });

  test('does not depend on a pull limit, a token server, or a connection that broke', () => {
    const load = adaptiveLoad(4);
    load.ended(load.begin(), failure('rate-limited', { isPullLimit: true }));
    load.ended(load.begin(), failure('server', { request: { ...request, at: 'tokens.example.com' } }));
    load.ended(load.begin(), failure('network'));
    expect(load.atOnce).toBe(4);
  });

  test('is never below one nor above what was configured, whatever comes in whatever order', () => {
    const outcome = fc.constantFrom('good', 'server', 'rate-limited', 'network');
    const step = fc.record({ end: fc.nat(), outcome, begins: fc.nat({ max: 3 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.array(step, { maxLength: 300 }), (most, steps) => {
        const load = adaptiveLoad(most);
        const underWay: number[] = [];
        for (const { end, outcome, begins } of steps) {
          for (let nth = 0; nth < begins; nth += 1) if (underWay.length < load.atOnce) underWay.push(load.begin());
          const [begun] = underWay.length === 0 ? [] : underWay.splice(end % underWay.length, 1);
          if (begun === undefined) continue;
          const before = load.atOnce;
          load.ended(begun, outcome === 'good' ? undefined : failure(outcome));
          expect([before, before + 1, Math.max(1, Math.floor(before / 2))]).toContain(load.atOnce);
          expect(load.atOnce).toBeGreaterThanOrEqual(1);
          expect(load.atOnce).toBeLessThanOrEqual(most);
          if (outcome === 'good') expect(load.atOnce).toBeGreaterThanOrEqual(before);
        }
        // What goes well for long enough brings all of it back.
        for (let nth = 0; nth <= most * most; nth += 1) load.ended(load.begin());
        expect(load.atOnce).toBe(most);
      }),
    );
  });

  test('is what a scripted registry sees: never more at once than is configured, and less once it is too much', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), async (most, bears) => {
        let underWay = 0;
        let peak = 0;
        const seen: number[] = [];
        const server = await serve(() => (response) => {
          underWay += 1;
          peak = Math.max(peak, underWay);
          seen.push(underWay);
          const isTooMuch = underWay > bears;
          setImmediate(() => {
            underWay -= 1;
            const { headers, body } = served(index) as { headers: Record<string, string>; body: Uint8Array };
            if (isTooMuch) response.writeHead(503).end();
            else response.writeHead(200, headers).end(body);
          });
        });
        const clock = testClock();
        const client = openClient(server.host, { clock, concurrency: most, retry: { tries: 50 } });
        const heads = await Promise.all(Array.from({ length: 40 }, (_, nth) => client.head(`a${nth}`, tag)));
        expect(heads.every((head) => head?.digest === index.digest)).toBe(true);
        expect(peak).toBeLessThanOrEqual(most);
        await Promise.all([client.close(), server.close()]);
      }),
      { numRuns: 15 },
    );
  });

  test('of a registry that only ever fails goes down to one at a time', async () => {
    let underWay = 0;
    const seen: number[] = [];
    const server = await serve(() => (response) => {
      underWay += 1;
      seen.push(underWay);
      setImmediate(() => {
        underWay -= 1;
        response.writeHead(503).end();
      });
    });
    const client = openClient(server.host, { concurrency: 8 });
    await Promise.all(Array.from({ length: 30 }, () => errorOf(client.head('a', tag))));
    expect(new Set(seen.slice(-50))).toEqual(new Set([1]));
  });
});

const index = makeIndex();
