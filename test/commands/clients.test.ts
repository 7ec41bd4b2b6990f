import { expect, test } from 'vitest';
import type { RateLimiter } from '../../src/http/rate-limiter.ts';
import { openAlternate, openCountedClient, sharedRates } from '../../src/session/clients.ts';
import type { Context } from '../../src/session/context.ts';

const place = { registry: { host: '127.0.0.1:1', insecure: true }, namespace: 'library', requestsPerMinute: 60 };
const context: Pick<Context, 'env' | 'homeDirectory' | 'signal'> = {
  env: {},
  homeDirectory: '/nonexistent',
  signal: new AbortController().signal,
};

test('clients of one place that are open at once keep to one rate', async () => {
  const rates = sharedRates();
  expect(rates({ ...place, namespace: 'other' })).toBe(rates(place));
  expect(rates({ ...place, registry: { host: '127.0.0.1:2', insecure: true } })).not.toBe(rates(place));
  const limiter: RateLimiter = {
    take: () => Promise.reject(new Error('asked the common limiter')),
    pause: () => {},
    refuse: () => {},
  };
  const gate = { before: async () => {}, seen: () => {} };
  const clients = [
    openCountedClient(context as Context, { ...place, alternates: [] }, gate, undefined, () => limiter),
    openAlternate(context as Context, place, () => limiter),
  ];
  for (const client of clients) {
    await expect(client.listTags('library/alpine')).rejects.toThrow('asked the common limiter');
    await client.close();
  }
});
