import { setMaxListeners } from 'node:events';
import { baseUrl, isHub } from './address.ts';
import { authorizer } from './auth/authorizer.ts';
import { secretKeeper } from './auth/secrets.ts';
import { systemClock } from './clock.ts';
import { credentialStore } from './credentials.ts';
import { typed } from './http/connection.ts';
import { type DispatcherOptions, lazyDispatcher, openDispatcher } from './http/dispatcher.ts';
import { defaultTimeouts, exchangeOver } from './http/exchange.ts';
import { meter } from './http/meter.ts';
import { rateLimiter } from './http/rate-limiter.ts';
import { following } from './http/redirects.ts';
import { requester } from './http/requester.ts';
import { defaultRetryPolicy, persistent } from './http/retry.ts';
import { manifestRequests } from './manifest-requests.ts';
import type { RegistryClientOptions } from './options.ts';
import { ping } from './ping.ts';
import { tagLister } from './tag-list.ts';
import type { RegistryAddress, RegistryClient } from './types.ts';

const hubRequestsPerMinute = 300;
const defaultConcurrency = 8;

/**
 * A client for one registry; `docker.io` is Docker Hub. It connects when it is first used, and reads credentials when it
 * first needs them. Its methods reject with the signal's reason when that aborts.
 *
 * @throws UserError `registry/bad-host`
 */
export function createRegistryClient(address: RegistryAddress, options: RegistryClientOptions): RegistryClient {
  const { host } = address;
  const { clock = systemClock, env, homeDirectory, signal, concurrency = defaultConcurrency } = options;
  // Each request that is under way or waits for its next try listens to it: thousands are no leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  const base = baseUrl(address);
  const secure = base.protocol === 'https:';
  const secrets = secretKeeper();
  const network = lazyDispatcher(async () => options.dispatcher ?? openDispatcher(host, secure, withDefaults(options)));
  const ask = typed(following(exchangeOver(network.open, { ...defaultTimeouts, ...options.timeouts }, signal)));
  const limiter = rateLimiter(options.requestsPerMinute ?? (isHub(host) ? hubRequestsPerMinute : undefined), clock);
  const metered = meter(limiter, signal);
  const persist = persistent({ ...defaultRetryPolicy, ...options.retry }, { limiter, clock, signal });
  const credentials = options.credentials ?? credentialStore(env, homeDirectory);
  const authorization = authorizer({
    ...{ host, secure, secrets, clock, credentials },
    ping: () => ping({ host, base, ask: metered.registry(ask, 'auth'), clock, persist }),
    ask: metered.tokenServer(ask),
  });
  const send = requester({ ask, meter: metered, authorizer: authorization, persist, clock, concurrency, signal });
  const { head, get, put, delete: remove } = manifestRequests(host, base, send);

  return {
    address,
    counts: metered.counts,
    get pullLimit() {
      return metered.pullLimit;
    },
    head: secrets.guard(head),
    get: secrets.guard(get),
    put: secrets.guard(put),
    delete: secrets.guard(remove),
    listTags: secrets.guard(tagLister(host, base, send)),
    close: network.close,
  };
}

function withDefaults(options: RegistryClientOptions): DispatcherOptions {
  const { env, homeDirectory, ca = [], concurrency = defaultConcurrency, timeouts } = options;
  const { connectMs } = { ...defaultTimeouts, ...timeouts };
  return { env, homeDirectory, ca, connections: concurrency, connectMs };
}
