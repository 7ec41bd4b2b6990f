import PQueue from 'p-queue';
import type { Clock } from '../http/clock.ts';
import type { HttpAnswer, HttpRequest } from '../http/exchange.ts';
import { answerError } from './answer-error.ts';
import type { Authorizer, Scope } from './auth/authorizer.ts';
import { parseChallenges } from './auth/www-authenticate.ts';
import type { Ask } from './connection.ts';
import type { RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import type { Meter } from './meter.ts';
import type { Reach } from './reach.ts';
import type { Persist } from './retry.ts';
import type { RequestCounts } from './types.ts';

/** A request to a registry, and the answers that it has. */
export interface RegistryRequest extends HttpRequest {
  readonly context: RequestContext;
  readonly scope: Scope;
  readonly counted: keyof RequestCounts;
  /** Whether it goes to another host than the registry's, and so without credentials. */
  readonly anonymous?: boolean;
  /** Statuses that are answers; every other is an error. */
  readonly answers: readonly number[];
}

/**
 * Sends a request until there is an answer.
 *
 * @throws RegistryError; the signal's reason when that aborts
 */
export type Send = (request: RegistryRequest) => Promise<HttpAnswer>;

interface RequesterOptions {
  readonly ask: Ask;
  readonly meter: Pick<Meter, 'registry'>;
  readonly authorizer: Authorizer;
  readonly persist: Persist;
  readonly reach: Reach;
  /** See {@link refusedLogins}. */
  readonly withLogins: (ask: Ask) => Ask;
  readonly clock: Clock;
  /** How many requests may be under way at once, where the registry is not too busy for that. */
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends requests with their authorization, so many at once, and again where the error allows it. A place in the queue is
 * held for one try, not for the wait between two.
 */
export function requester(options: RequesterOptions): Send {
  const queue = new PQueue({ concurrency: options.concurrency });
  const load = adaptiveLoad(options.concurrency);
  const ended = (begun: number, error?: unknown): void => {
    load.ended(begun, error);
    if (queue.concurrency !== load.atOnce) queue.concurrency = load.atOnce;
  };
  const attemptInTurn = async (request: RegistryRequest): Promise<HttpAnswer> => {
    const begun = load.begin();
    try {
      const answer = await attempt(request, options);
      ended(begun);
      return answer;
    } catch (error) {
      ended(begun, error);
      throw error;
    }
  };
  return (request) => options.persist(() => queue.add(() => attemptInTurn(request)));
}

async function attempt(request: RegistryRequest, options: RequesterOptions): Promise<HttpAnswer> {
  const { authorizer, clock, reach, signal } = options;
  signal?.throwIfAborted();
  reach.check(request.context);
  const answer = await authorizedAnswer(request, options);
  if (request.answers.includes(answer.status)) return answer;
  const isElsewhere = answer.url.origin !== request.url.origin;
  const context = isElsewhere ? { ...request.context, at: answer.url.host } : request.context;
  const error = answerError(answer, context, clock.now());
  if (error.kind !== 'unauthorized') throw error;
  if (isElsewhere)
    throw new RegistryError({ ...error.details, hint: elsewhereHint(context.host, request.url, answer.url) });
  const hint = await authorizer.hint(request.scope.repository);
  const { hint: ofProduct } = error.details;
  throw new RegistryError({ ...error.details, hint: ofProduct === undefined ? hint : `${hint} ${ofProduct}` });
}

async function authorizedAnswer(request: RegistryRequest, options: RequesterOptions): Promise<HttpAnswer> {
  const { ask, meter, authorizer, withLogins } = options;
  const { scope, context, counted } = request;
  const sendWith = (authorization: string | undefined): Promise<HttpAnswer> => {
    const headers = authorization === undefined ? request.headers : { ...request.headers, authorization };
    return withLogins(meter.registry(ask, counted))({ ...request, headers }, context);
  };
  if (request.anonymous) return sendWith(undefined);
  const used = await authorizer.authorization(scope);
  const answer = await sendWith(used);
  // Only the registry itself says how it wants to be asked: another host would get the login.
  if (answer.status !== 401 || answer.url.origin !== request.url.origin) return answer;
  const renewed = await authorizer.renew(scope, parseChallenges(answer.headers['www-authenticate']), used);
  return renewed === undefined ? answer : sendWith(renewed);
}

function elsewhereHint(host: string, asked: URL, { protocol, hostname, host: elsewhere }: URL): string {
  if (hostname === asked.hostname && asked.protocol === 'http:' && protocol === 'https:')
    return `${host} redirects to HTTPS: leave \`insecure: true\` out.`;
  return (
    `${host} redirects to ${elsewhere}, which wants a login of its own; the one for ${host} is not sent there. ` +
    `Ask ${host} for direct access, or name ${elsewhere} as the registry where it is one.`
  );
}

/** How many requests a registry gets at once. */
interface Load {
  /** From 1 to what was configured. */
  readonly atOnce: number;
  /** A request begins; gives what {@link Load.ended} takes about it. */
  begin(): number;
  /** A request has ended, with an error or none. */
  ended(begun: number, error?: unknown): void;
}

/**
 * A load that halves where the registry answers 429 or 5xx, once for all requests that were under way then, and grows by one
 * after each round that went well: as many good answers as may be under way.
 */
export function adaptiveLoad(most: number): Load {
  let atOnce = most;
  let halvings = 0;
  let good = 0;
  return {
    get atOnce() {
      return atOnce;
    },
    begin: () => halvings,
    ended(begun, error) {
      // What began before the last halving says nothing about the load since.
      if (begun !== halvings) return;
      if (isOverload(error)) {
        atOnce = Math.max(1, Math.floor(atOnce / 2));
        halvings += 1;
        good = 0;
      } else if (isAnswer(error)) {
        good += 1;
        if (good < atOnce) return;
        atOnce = Math.min(most, atOnce + 1);
        good = 0;
      }
    },
  };
}

/** Not the pull limit, which has nothing to do with how many requests come at once; nor a token server's answer. */
function isOverload(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.details.request.at !== undefined) return false;
  if (error.kind === 'rate-limited') return error.details.isPullLimit !== true;
  return error.kind === 'server' && error.status !== undefined;
}

/** Whether the registry answered; a refusal is as good an answer as any. */
function isAnswer(error: unknown): boolean {
  return error === undefined || (error instanceof RegistryError && error.status !== undefined && error.status < 500);
}
