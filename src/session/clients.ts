import type { Alternate, RegistryNamespace, Source } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import type { RateLimiter } from '../http/rate-limiter.ts';
import { createRegistryClient, registryLimiter } from '../registry/client.ts';
import type { PullGate } from '../registry/meter.ts';
import type { RegistryClientOptions } from '../registry/options.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { Context } from './context.ts';

/** One more try, and no long wait. */
const impatient = { retry: { tries: 2, longestWaitMs: 5_000 }, timeouts: { connectMs: 10_000, headersMs: 15_000 } };

/** A client for the registry of a source, with the user's credentials. */
export function openClient(context: Context, place: Alternate): RegistryClient {
  return open(context, place, {});
}

/** What bounds the GETs of manifests at a destination. */
type Limits = Pick<RegistryClientOptions, 'pulls'>;

/** A client for a destination: it is read less strictly, see `RegistryClientOptions.isDestination`. */
export function openDestination(context: Context, place: RegistryNamespace, more: Limits = {}): RegistryClient {
  return open(context, place, { isDestination: true, ...more });
}

/**
 * A client for a destination that is written to. It asks for the right to push from the first request on: some token servers
 * grant nothing to `pull` while a repository is absent.
 */
export function openWritable(context: Context, place: RegistryNamespace, more: Limits = {}): RegistryClient {
  return open(context, place, { isDestination: true, actions: 'pull,push', ...more });
}

/** A client that tries what a login may do at a destination: it soon gives up. */
export function openTrial(context: Context, place: RegistryNamespace): RegistryClient {
  return open(context, place, { ...impatient, isDestination: true, actions: 'pull,push' });
}

/** The rates of places of which several clients are open at once, together no faster than one may be. */
export type SharedRates = (place: Alternate) => RateLimiter;

export function sharedRates(): SharedRates {
  const limiters = new Map<string, RateLimiter>();
  return ({ registry, requestsPerMinute }) => {
    const key = `${registry.host} ${requestsPerMinute}`;
    const limiter = limiters.get(key) ?? registryLimiter(registry, requestsPerMinute);
    limiters.set(key, limiter);
    return limiter;
  };
}

/**
 * A client for the source, whose GETs of manifests the gate lets pass.
 *
 * @param maxWaitMs how long a request waits for pulls to come back, when the limit was reached all the same
 */
export function openCountedClient(
  context: Context,
  place: Source,
  pulls: PullGate,
  maxWaitMs: number | undefined,
  rates?: SharedRates,
): RegistryClient {
  const wait = maxWaitMs === undefined ? {} : { retry: { mostPullWaitMs: maxWaitMs } };
  return open(context, place, { pulls, ...wait, ...(rates && { limiter: rates(place) }) });
}

/** A client for an alternate of the source: another place can be asked instead. */
export function openAlternate(context: Context, place: Alternate, rates?: SharedRates): RegistryClient {
  return open(context, place, { ...impatient, ...(rates && { limiter: rates(place) }) });
}

/** A client for what can be done without at a destination, such as mounts: what cannot be mounted is copied. */
export function openImpatient(context: Context, place: RegistryNamespace, more: Limits = {}): RegistryClient {
  return open(context, place, { ...impatient, isDestination: true, ...more });
}

function open(
  { env, homeDirectory, signal, secrets, waiting }: Context,
  place: Alternate,
  more: Partial<RegistryClientOptions>,
): RegistryClient {
  const { requestsPerMinute } = place;
  const limit = defined({ requestsPerMinute });
  return createRegistryClient(place.registry, {
    env,
    homeDirectory,
    signal,
    ...(secrets && { secrets }),
    ...(waiting && { onSilence: () => waiting(hostName(place)) }),
    ...{ ...limit, place },
    ...more,
  });
}

/** A registry as mirrors.yaml names it: what a variable holds is not shown. */
function hostName(place: RegistryNamespace): string {
  return place.written?.replace(/\/.*/, '') ?? place.registry.host;
}

/** Works with a client for a destination, and closes it however the work ends. */
export async function withClient<Result>(
  context: Context,
  place: RegistryNamespace,
  work: (client: RegistryClient) => Promise<Result>,
  open: (context: Context, place: RegistryNamespace) => RegistryClient = openDestination,
): Promise<Result> {
  const client = open(context, place);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
