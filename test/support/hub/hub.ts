import { type AnswerHook, type Caller, type CountingProxy, startCountingProxy } from '../counting-proxy.ts';
import type { RegistryRequest } from '../registry-request.ts';
import { abused, challenge, pullLimitReached } from './answers.ts';
import { type Cdn, startCdn } from './cdn.ts';
import type { HubOptions } from './options.ts';
import { abuseLimit, type PullLimit, pullLimit } from './pull-limits.ts';
import { tokenService } from './tokens.ts';

/** A stand-in for the Docker Hub in front of a real registry. Its hook (`respond`) is asked before any of its rules. */
export interface Hub extends CountingProxy {
  /** Where blobs are redirected to; only with `redirectsBlobs`. */
  readonly cdn?: Cdn;
  /** Pulls that were allowed, by user; those without an account by address. */
  pulls(): Readonly<Record<string, number>>;
  /** What a user, or an address, has left now; `undefined` without a limit, or before its first manifest. */
  remaining(source: string): string | undefined;
  /** How often the pull limit was answered with 429, and the abuse limit. */
  refusals(): { readonly pullLimit: number; readonly abuse: number };
  /** Ends all tokens that were given, as if their time were over. */
  expireTokens(): void;
  tokensGiven(): number;
}

/**
 * Starts the Hub's rules before the registry at `targetHost` (`HOST:PORT`, plain HTTP; a function for one that may
 * move): tokens for everything below
 * `/v2/`, pull limits counted by GETs of manifests (HEADs are free, failed GETs are not) with the Hub's headers, an
 * abuse limit, and blobs by redirection.
 */
export async function startHub(targetHost: string | (() => string), options: HubOptions = {}): Promise<Hub> {
  const { accounts = [], anonymous = { pulls: 100 }, tokenSeconds = 300, now = Date.now } = options;
  const tokens = tokenService(accounts, tokenSeconds, now);
  const isAbuse = abuseLimit(options.abuseLimit, now);
  const target = typeof targetHost === 'string' ? () => targetHost : targetHost;
  const cdn = options.redirectsBlobs ? await startCdn(target()) : undefined;
  const limits = new Map<string, PullLimit>();
  const refusals = { pullLimit: 0, abuse: 0 };

  const limitOf = (source: string, user: string | undefined): PullLimit => {
    const allowance = user === undefined ? anonymous : accounts.find((account) => account.user === user);
    const limit = limits.get(source) ?? pullLimit(allowance ?? {}, options);
    limits.set(source, limit);
    return limit;
  };

  const answerManifest = ({ method }: RegistryRequest, { address }: Caller, user: string | undefined) => {
    const source = user ?? address;
    const limit = limitOf(source, user);
    const allowed = method === 'HEAD' || limit.take();
    const headers = { ...limit.headers(), 'docker-ratelimit-source': source };
    if (allowed) return { passes: true, addHeaders: headers } as const;
    refusals.pullLimit += 1;
    const wait = options.retryAfter ? { 'retry-after': `${limit.secondsToWait()}` } : {};
    return pullLimitReached({ ...headers, ...wait });
  };

  const answer: AnswerHook = async (request, caller) => {
    if (isAbuse(caller.address)) {
      refusals.abuse += 1;
      return abused;
    }
    const { authorization } = caller.headers;
    if (request.url.startsWith('/token')) return tokens.answer(request.url, authorization);
    const known = tokens.userOf(authorization, request.repository);
    if (known === undefined) return challenge(proxy.host, request.repository);
    if (request.kind === 'manifest') return answerManifest(request, caller, known.user);
    if (request.kind !== 'blob' || cdn === undefined) return undefined;
    return (await isThere(target(), request)) ? redirection(cdn, request) : undefined;
  };

  const proxy = await startCountingProxy(targetHost, answer);
  return {
    ...proxy,
    ...(cdn === undefined ? {} : { cdn }),
    pulls: () => Object.fromEntries([...limits].map(([source, { taken }]) => [source, taken])),
    remaining: (source) => limits.get(source)?.headers()['ratelimit-remaining'],
    refusals: () => ({ ...refusals }),
    expireTokens: tokens.expire,
    tokensGiven: () => tokens.given,
  };
}

/** The registry is asked first: the Hub redirects to no blob that it does not have. */
async function isThere(targetHost: string, { url }: RegistryRequest): Promise<boolean> {
  return (await fetch(`http://${targetHost}${url}`, { method: 'HEAD' })).ok;
}

function redirection(cdn: Cdn, { url }: RegistryRequest) {
  const [path = ''] = url.split('?');
  return { status: 307, headers: { location: cdn.addressOf(path) } };
}
