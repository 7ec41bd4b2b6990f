import * as v from 'valibot';
import { defined } from '../core/defined.ts';
import { durationText } from '../core/duration.ts';
import type { Environment } from '../core/environment.ts';
import { ExitCode } from '../core/exit-code.ts';
import { parsedJson, shownJson } from '../core/json.ts';
import { type Digest, isDigest, isTag, type Tag } from '../core/names.ts';
import { UserError } from '../core/problem.ts';
import type { SecretKeeper } from '../core/secrets.ts';
import { lenient, objectOf, readShape, textThat } from '../core/shape.ts';
import { shownValue } from '../core/text.ts';
import { type Clock, systemClock } from '../http/clock.ts';
import { lazyDispatcher, openDispatcher } from '../http/dispatcher.ts';
import { exchangeOver, type HttpAnswer, webApiTimeouts } from '../http/exchange.ts';
import { rateLimiter } from '../http/rate-limiter.ts';
import { retrying } from '../http/retry.ts';
import { type OnSilence, silenceWatch } from '../http/silence.ts';
import { TransportError } from '../http/transport-error.ts';
import { checkedRepository } from './address.ts';

/** Where the Hub's web API answers (docs.docker.com/reference/api/hub/latest). */
export const hubApiHost = 'hub.docker.com';

/** The largest page that the API gives ("List repository tags", `page_size`). */
const pageSize = 100;
/** The busiest official image has some 10,000 tags. */
const mostPages = 1_000;
/** A page of 100 tags with some 15 platforms each has about 600 KB. */
const maxPageBytes = 16 * 1024 * 1024;

const tries = 4;
const firstDelayMs = 1_000;
/** The limit is one of requests a minute ("Rate Limiting"): whoever asks for more than two is not waited for. */
const longestWaitMs = 120_000;
const usualWaitMs = 60_000;

/** A tag as the Hub lists it. */
export interface HubTag {
  readonly name: Tag;
  /** Absent for tags that were pushed long ago. */
  readonly digest?: Digest;
  /** When it was last pushed, ISO 8601. */
  readonly pushed?: string;
}

/** The Hub's web API did not give a list of tags. */
export class HubApiError extends UserError {
  /** How long to wait before another try may help, in ms; absent: none does. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: 'hub/unreachable' | 'hub/refused' | 'hub/rate-limited' | 'hub/bad-answer',
    message: string,
    { value, cause, retryAfterMs }: { value?: string; cause?: unknown; retryAfterMs?: number } = {},
  ) {
    const shown = value === undefined ? undefined : shownValue(value);
    const hint = code === 'hub/rate-limited' ? laterHint : registryHint;
    const exitCode = code === 'hub/rate-limited' ? ExitCode.budget : ExitCode.failed;
    super([{ code, severity: 'error', message, hint, ...defined({ value: shown }) }], { exitCode, cause });
    this.retryAfterMs = retryAfterMs;
  }
}

const registryHint =
  'With `--list registry` the list of tags comes from the registry itself, which costs no pull either.';
const laterHint = `Run it again later. ${registryHint}`;

export interface HubApiOptions {
  readonly env: Environment;
  readonly homeDirectory: string;
  readonly signal?: AbortSignal;
  /** Is given the password of a proxy. */
  readonly secrets?: Pick<SecretKeeper, 'add'>;
  readonly clock?: Clock;
  /** Told how long the Hub wants no request. */
  readonly onWait?: (ms: number) => void;
  /** Told where it has not answered for two seconds. */
  readonly onSilence?: OnSilence;
}

/** The lists of tags of the Hub's web API. */
export interface HubApi {
  /**
   * All tags of a repository such as `library/debian`; `undefined` when the Hub says 404.
   *
   * @throws HubApiError; the signal's reason when that aborts
   */
  listTags(repository: string): Promise<HubTag[] | undefined>;
  close(): Promise<void>;
}

/**
 * A client for the Hub's web API, which counts no pull. It sends no credentials: official images are public. It keeps to the
 * API's limit of requests: where none is left, every request waits, and one that is refused is sent again.
 */
export function openHubApi(options: HubApiOptions): HubApi {
  const { env, homeDirectory, secrets, signal, clock = systemClock, onWait } = options;
  const { connectMs } = webApiTimeouts;
  const network = lazyDispatcher(() =>
    openDispatcher(hubApiHost, true, {
      env,
      homeDirectory,
      ca: [],
      connections: 4,
      connectMs,
      ...defined({ secrets }),
    }),
  );
  const exchange = exchangeOver(network.open, webApiTimeouts, signal);
  const limiter = rateLimiter(undefined, clock);
  const { watch, heard } = silenceWatch(options.onSilence ?? (() => () => undefined));
  let refused: HubApiError | undefined;

  const pause = (ms: number): void => {
    limiter.pause(ms);
    onWait?.(ms);
  };
  const ask = async (url: URL): Promise<unknown> => {
    await limiter.take(signal);
    // Whoever waited meanwhile learns that the Hub wants no request for long.
    if (refused !== undefined) throw refused;
    const request = { method: 'GET', url, headers: { accept: 'application/json' }, maxBytes: maxPageBytes } as const;
    const answer = await watch(() => exchange(request)).catch(unreachable);
    heard();
    const spent = restMs(answer, clock.now());
    if (spent !== undefined && answer.status === 200) pause(Math.min(spent, longestWaitMs));
    return checked(answer, clock.now());
  };
  const persist = (url: URL) =>
    retrying(
      () => ask(url),
      async (error, count) => {
        if (!(error instanceof HubApiError) || error === refused || error.retryAfterMs === undefined) return false;
        const isLimit = error.problems[0]?.code === 'hub/rate-limited';
        if (isLimit && error.retryAfterMs > longestWaitMs) refused = error;
        if (count >= tries || error.retryAfterMs > longestWaitMs) return false;
        if (isLimit) pause(error.retryAfterMs);
        else await clock.sleep(Math.max(error.retryAfterMs, firstDelayMs * 2 ** (count - 1)), signal);
        return true;
      },
    );
  return {
    listTags: (repository) => allPages(checkedRepository(repository), persist),
    close: () => network.close(),
  };
}

/** Reads page after page by its number: the address of the next one in an answer is not followed. */
async function allPages(repository: string, ask: (url: URL) => Promise<unknown>): Promise<HubTag[] | undefined> {
  const [namespace = '', name = '', ...more] = repository.split('/');
  if (name === '' || more.length > 0) return undefined;
  const tags = new Map<string, HubTag>();
  for (let page = 1; page <= mostPages; page += 1) {
    const path = `/v2/namespaces/${namespace}/repositories/${name}/tags?page=${page}&page_size=${pageSize}`;
    const answer = await ask(new URL(path, `https://${hubApiHost}`));
    // Behind the last page, which tags that were deleted meanwhile have moved forward, the Hub says 404.
    if (answer === undefined) return page === 1 ? undefined : [...tags.values()];
    const { results, next } = readPage(answer, repository);
    // A tag that is pushed meanwhile moves to the front, and pushes others onto the next page.
    for (const tag of results) if (!tags.has(tag.name)) tags.set(tag.name, tag);
    if (next === undefined) return [...tags.values()];
    if (results.length === 0) throw badAnswer(repository, 'a page without tags has a next one');
  }
  throw badAnswer(repository, `it has more than ${mostPages} pages`);
}

const noTag = 'it holds what is not a tag';
const noList = 'it is not a page of tags';
const isTime = (text: string): text is string =>
  /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
const time = lenient(textThat(isTime, 'it is a time'));
const tagShape = objectOf(
  {
    name: textThat(isTag, noTag),
    digest: lenient(textThat(isDigest, 'it is a digest')),
    tag_last_pushed: time,
    last_updated: time,
  },
  noTag,
);
/** The schema `paginated_tags` of the Hub's OpenAPI description. */
const pageShape = objectOf({ results: v.array(tagShape, noList), next: lenient(v.string()) }, noList);

function readPage(answer: unknown, repository: string): { results: readonly HubTag[]; next: string | undefined } {
  const { value, fault } = readShape(pageShape, answer);
  if (fault !== undefined) throw badAnswer(repository, fault.rule, shownJson(fault.value));
  const results = value.results.map(({ name, digest, tag_last_pushed, last_updated }): HubTag => {
    const pushed = tag_last_pushed ?? last_updated;
    return { name, ...defined({ digest, pushed }) };
  });
  return { results, next: value.next };
}

/** The JSON that the Hub answers; `undefined` for 404. */
function checked(answer: HttpAnswer, now: number): unknown {
  const { status, headers, body } = answer;
  const json = parsedJson(body);
  if (status === 404 && json !== undefined) return undefined;
  if (status === 429) {
    const retryAfterMs = askedWaitMs(headers['retry-after'], now) ?? restMs(answer, now) ?? usualWaitMs;
    const wait = durationText(Math.ceil(retryAfterMs / 1_000) * 1_000);
    throw new HubApiError('hub/rate-limited', `${hubApiHost} answered 429: no request for ${wait}.`, { retryAfterMs });
  }
  if (status !== 200) {
    const message = `${hubApiHost} answered ${status}.`;
    throw new HubApiError('hub/refused', message, status >= 500 ? { retryAfterMs: 0 } : {});
  }
  if (json === undefined) throw new HubApiError('hub/bad-answer', `The answer of ${hubApiHost} is not JSON.`);
  return json;
}

/** `Retry-After` in ms: seconds, or a date (RFC 9110, section 10.2.3). */
function askedWaitMs(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** How long it takes until requests are left again (ms), where the headers say that none is ("Rate Limiting"). */
function restMs({ headers }: HttpAnswer, now: number): number | undefined {
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] !== '0' || !(reset > 0)) return undefined;
  return Math.max(0, reset * 1_000 - now);
}

function unreachable(error: unknown): never {
  if (!(error instanceof TransportError)) throw error;
  const mayPass = error.kind === 'network' || error.kind === 'timeout';
  throw new HubApiError('hub/unreachable', `${hubApiHost} does not answer.`, {
    value: error.reason,
    cause: error,
    ...(mayPass ? { retryAfterMs: 0 } : {}),
  });
}

function badAnswer(repository: string, why: string, value?: string): HubApiError {
  const message = `The answer of ${hubApiHost} for ${repository} cannot be used: ${why}.`;
  return new HubApiError('hub/bad-answer', message, defined({ value }));
}
