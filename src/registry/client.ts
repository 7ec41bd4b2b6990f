import { setMaxListeners } from 'node:events';
import type { Dispatcher } from 'undici';
import { secretKeeper } from '../core/secrets.ts';
import { type Boundary, boundaryOf } from '../http/boundary.ts';
import { type Clock, systemClock } from '../http/clock.ts';
import { type DispatcherOptions, type Lazy, lazyDispatcher, openDispatcher } from '../http/dispatcher.ts';
import { defaultTimeouts, type Exchange, exchangeOver } from '../http/exchange.ts';
import { type RateLimiter, rateLimiter } from '../http/rate-limiter.ts';
import { following } from '../http/redirects.ts';
import { silenceWatch } from '../http/silence.ts';
import { speaksTls } from '../http/tls-hints.ts';
import { baseUrl } from './address.ts';
import { authorizer } from './auth/authorizer.ts';
import { credentialStore } from './auth/credentials.ts';
import { guardedBy } from './auth/secrets.ts';
import { blobRequests, mountTrial, uploads, uploadTrial } from './blobs.ts';
import { refusedLogins, typed } from './connection.ts';
import { hubRequestsPerMinute, isHub } from './hub.ts';
import { manifestRequests } from './manifests.ts';
import { meter } from './meter.ts';
import type { RegistryClientOptions } from './options.ts';
import { ping } from './ping.ts';
import { reachOf } from './reach.ts';
import { requester, type Send } from './requester.ts';
import { defaultRetryPolicy, type Persist, persistent } from './retry.ts';
import { referrersCheck, tagLister } from './tag-list.ts';
import type { RegistryAddress, RegistryClient } from './types.ts';

const defaultConcurrency = 8;
/** Blobs are streamed over connections of their own, so that a few that are slow do not hold back the manifests. */
const blobConcurrency = 64;
/** What takes an upload back is sent when a run ends, and must not hold it up. */
const lastWordsMs = 2_000;

/**
 * A client for one registry; `docker.io` is Docker Hub. It connects when it is first used, and reads credentials when it
 * first needs them. Its methods reject with the signal's reason when that aborts, and by an error when it is closed.
 *
 * @throws UserError `registry/bad-host`
 */
export function createRegistryClient(address: RegistryAddress, options: RegistryClientOptions): RegistryClient {
  const { host, tokenServer } = address;
  const { clock = systemClock, env, homeDirectory, concurrency = defaultConcurrency } = options;
  const ending = endingWith(options.signal);
  const { signal } = ending;
  const base = baseUrl(address);
  const secure = base.protocol === 'https:';
  const boundary = boundaryOf({ base, tokenServer });
  const reach = reachOf({ host, base, clock, signal });
  const withLogins = refusedLogins();
  const secrets = options.secrets ?? secretKeeper();
  const guard = guardedBy(secrets, options.place);
  const networkOf = (connections: number) =>
    lazyDispatcher(
      async () =>
        options.dispatcher ??
        openDispatcher(host, secure, { ...withDefaults(options, connections, base, boundary), secrets }),
    );
  const { watch, heard } = silenceWatch(options.onSilence ?? (() => () => undefined));
  const askOver = ({ open }: Lazy<Dispatcher>) => {
    const exchange = exchangeOver(open, { ...defaultTimeouts, ...options.timeouts }, signal);
    const hearing: Exchange = async (request) => {
      const answer = await exchange(request);
      heard();
      return answer;
    };
    return typed(following(reach.noting(hearing), boundary));
  };
  const network = networkOf(concurrency);
  const blobNetwork = networkOf(blobConcurrency);
  const ask = askOver(network);
  const limiter = options.limiter ?? registryLimiter(address, options.requestsPerMinute, clock);
  const metered = meter(limiter, signal, options.pulls);
  const persist = persistent({ ...defaultRetryPolicy, ...options.retry }, { limiter, reach });
  const credentials = options.credentials ?? credentialStore(env, homeDirectory);
  const authorization = authorizer({
    ...{ host, base, tokenServer, boundary, secrets, clock, credentials, actions: options.actions ?? 'pull' },
    ping: () =>
      ping({
        ...{ host, base, ask: metered.registry(ask, 'auth'), clock, persist },
        speaksTls: () => speaksTls(base, boundary.lookup),
      }),
    ask: reach.checking(withLogins(metered.tokenServer(ask))),
  });
  const sending = { meter: metered, authorizer: authorization, persist, reach, withLogins, clock, signal };
  const watched =
    (one: Send): Send =>
    (request) =>
      watch(() => one(request));
  const send = watched(requester({ ...sending, ask, concurrency }));
  const askForBlob = askOver(blobNetwork);
  const sendStreamed = watched(requester({ ...sending, ask: askForBlob, concurrency: blobConcurrency }));
  const once: Persist = (work) => work();
  const sendOnce = requester({ ...sending, persist: once, ask: askForBlob, concurrency: blobConcurrency });
  const askLast = typed(
    exchangeOver(blobNetwork.open, { ...defaultTimeouts, connectMs: lastWordsMs, totalMs: lastWordsMs }, undefined),
  );
  const last = { meter: { registry: metered.last }, persist: once, ask: askLast, signal: undefined };
  const sendLast = requester({ ...sending, ...last, concurrency: blobConcurrency });
  const { openBlob, headBlob, mount } = blobRequests({ host, base, boundary, send, sendStreamed });
  const uploading = { host, base, boundary, send: sendOnce, sendLast, persist, headBlob };
  const { head, get, put, delete: remove } = manifestRequests(host, base, send, options.isDestination);

  return {
    address,
    counts: metered.counts,
    get pullLimit() {
      return metered.pullLimit;
    },
    head: guard(head),
    get: guard(get),
    put: guard(put),
    delete: guard(remove),
    listTags: guard(tagLister(host, base, send)),
    openBlob: guard(openBlob),
    headBlob: guard(headBlob),
    mount: guard(mount),
    upload: guard(uploads(uploading)),
    tryUpload: guard(uploadTrial(uploading)),
    tryMount: guard(mountTrial(uploading, mount)),
    hasReferrers: guard(referrersCheck(host, base, send)),
    async close() {
      ending.end(new Error('the client of the registry was closed'));
      await Promise.all([network.close(), blobNetwork.close()]);
    },
  };
}

/** The rate of requests to a registry, for one client or for several that keep to it together. */
export function registryLimiter(
  { host }: RegistryAddress,
  requestsPerMinute: number | undefined,
  clock: Clock = systemClock,
): RateLimiter {
  return rateLimiter(requestsPerMinute ?? (isHub(host) ? hubRequestsPerMinute : undefined), clock);
}

function withDefaults(
  options: RegistryClientOptions,
  connections: number,
  { hostname }: URL,
  { lookup }: Boundary,
): DispatcherOptions {
  const { env, homeDirectory, ca = [], timeouts } = options;
  const { connectMs } = { ...defaultTimeouts, ...timeouts };
  return { env, homeDirectory, ca, connections, connectMs, hostname, lookup };
}

/** A signal that aborts when another one does, with its reason, or when it is ended. */
interface Ending {
  readonly signal: AbortSignal;
  end(reason: Error): void;
}

/** Nothing stays behind on `outer` after the end. */
function endingWith(outer: AbortSignal | undefined): Ending {
  const controller = new AbortController();
  // Each request that is under way or waits for its next try listens to it: thousands are no leak.
  setMaxListeners(0, controller.signal);
  const follow = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    end(reason) {
      outer?.removeEventListener('abort', follow);
      controller.abort(reason);
    },
  };
}
