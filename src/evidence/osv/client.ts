import { defined } from '../../core/defined.ts';
import type { Environment } from '../../core/environment.ts';
import { isRecord, parsedJson } from '../../core/json.ts';
import type { SecretKeeper } from '../../core/secrets.ts';
import { type Clock, systemClock } from '../../http/clock.ts';
import { lazyDispatcher, openDispatcher } from '../../http/dispatcher.ts';
import { exchangeOver, type HttpAnswer, type HttpRequest, type Timeouts, webApiTimeouts } from '../../http/exchange.ts';
import { retrying } from '../../http/retry.ts';
import { codeOf, TransportError } from '../../http/transport-error.ts';
import { OsvFailure } from './failure.ts';
import { isOsvId, readRecord } from './record.ts';
import type { OsvDatabase, OsvPackage } from './types.ts';

export interface OsvClientOptions {
  readonly env: Environment;
  readonly homeDirectory: string;
  /** Is given the password of a proxy. */
  readonly secrets?: Pick<SecretKeeper, 'add'>;
  readonly clock?: Clock;
  readonly timeouts?: Partial<Timeouts>;
}

/** OSV's limits (google.github.io/osv.dev, "POST /v1/querybatch"): so many queries, and 32 MiB of an answer. */
const mostQueries = 1_000;
const mostAnswerBytes = 32 * 1024 * 1024;
/** More pages than that of one query are no answer. */
const mostPages = 100;

/** So often a batch is divided in a run: each query that OSV refuses takes some ten. */
const mostHalvings = 64;

const tries = 3;
const firstDelayMs = 1_000;
/** Whoever asks to wait longer does not answer. */
const longestWaitMs = 30_000;

/**
 * A client for OSV's API (google.github.io/osv.dev/api), without credentials. It goes by the proxy and the certificates of the
 * environment, and tries again what may pass.
 *
 * @param url where the API is, such as `https://api.osv.dev`
 */
export function openOsv(url: string, options: OsvClientOptions): OsvDatabase & { close(): Promise<void> } {
  const base = new URL(url);
  const { env, homeDirectory, secrets, clock = systemClock } = options;
  const timeouts = { ...webApiTimeouts, ...options.timeouts };
  const { connectMs } = timeouts;
  const network = lazyDispatcher(() =>
    openDispatcher(base.host, base.protocol === 'https:', {
      ...{ env, homeDirectory, ca: [], connections: 8, connectMs, hostname: base.hostname },
      ...defined({ secrets }),
    }),
  );
  const ask: Ask = async (path, body, signal) => {
    const at = new URL(`${base.pathname.replace(/\/+$/, '')}/v1/${path}`, base.origin);
    const request: HttpRequest = {
      method: body === undefined ? 'GET' : 'POST',
      url: at,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: new TextEncoder().encode(JSON.stringify(body)) }),
      maxBytes: mostAnswerBytes,
    };
    const exchange = exchangeOver(network.open, timeouts, signal);
    const send = async () => checked(await exchange(request).catch((error) => unreachable(base, error)), base);
    return retrying(send, async (error, count) => {
      if (!(error instanceof OsvFailure) || error.retryAfterMs === undefined || count >= tries) return false;
      await clock.sleep(Math.max(error.retryAfterMs, firstDelayMs * 2 ** (count - 1)), signal);
      return true;
    });
  };
  return {
    find: async (packages, signal) => {
      const asked = packages.map((of): Asked => ({ of, ids: [] }));
      const batch = (some: readonly Asked[]) => askBatch(ask, base, some, signal);
      const halving = { left: mostHalvings };
      for (let start = 0; start < asked.length; start += mostQueries) {
        await withoutRefused(asked.slice(start, start + mostQueries), batch, halving);
      }
      return asked.map(({ ids, gap }) => ({ ids: [...new Set(ids)], ...defined({ gap }) }));
    },
    async record(id, signal) {
      const json = await ask(`vulns/${encodeURIComponent(id)}`, undefined, signal);
      if (json === undefined) return undefined;
      const record = readRecord(json);
      if (record === undefined) throw badAnswer(base, `its answer for ${id} is not a record`);
      return record;
    },
    close: () => network.close(),
  };
}

/** The JSON that OSV answers; `undefined` for 404. */
type Ask = (path: string, body: object | undefined, signal: AbortSignal) => Promise<unknown>;

/** A package, and what was found for it. */
interface Asked {
  readonly of: OsvPackage;
  ids: string[];
  gap?: 'refused';
}

/**
 * Asks for a batch. OSV refuses all of it for one query that it does not like: then each half is asked, down to the query
 * itself, as long as another one is answered.
 */
async function withoutRefused(
  asked: readonly Asked[],
  batch: (asked: readonly Asked[]) => Promise<void>,
  halving: { left: number },
): Promise<void> {
  let refused: OsvFailure | undefined;
  let answered = 0;
  const halve = async (some: readonly Asked[]): Promise<void> => {
    try {
      await batch(some);
      answered += some.length;
    } catch (error) {
      if (!(error instanceof OsvFailure) || !error.isBadRequest || halving.left === 0) throw error;
      refused = error;
      halving.left -= 1;
      const [first] = some;
      if (some.length === 1 && first !== undefined) {
        Object.assign(first, { ids: [], gap: 'refused' } satisfies Partial<Asked>);
        return;
      }
      const middle = Math.ceil(some.length / 2);
      await halve(some.slice(0, middle));
      await halve(some.slice(middle));
    }
  };
  await halve(asked);
  if (refused !== undefined && answered === 0) throw refused;
}

/** Asks for some packages, and puts what is found for each into its `ids`, page by page. */
async function askBatch(ask: Ask, base: URL, packages: readonly Asked[], signal: AbortSignal): Promise<void> {
  for (const one of packages) one.ids = [];
  let open = packages.map(({ of: { ecosystem, name, version } }, index) => ({
    index,
    query: { package: { ecosystem, name }, version } as { readonly page_token?: string },
  }));
  for (let page = 0; open.length > 0; page += 1) {
    if (page === mostPages) throw badAnswer(base, `it has more than ${mostPages} pages`);
    const answer = await ask('querybatch', { queries: open.map(({ query }) => query) }, signal);
    const results = isRecord(answer) ? answer['results'] : undefined;
    if (!Array.isArray(results)) throw badAnswer(base, 'it has no list of results');
    if (results.length !== open.length) throw badAnswer(base, `${open.length} queries have ${results.length} results`);
    open = open.flatMap(({ index, query }, at) => {
      const { found, next } = readResult(results[at], base);
      packages[index]?.ids.push(...found);
      if (next === undefined) return [];
      if (next === query.page_token) throw badAnswer(base, 'a page leads to itself');
      return [{ index, query: { ...query, page_token: next } }];
    });
  }
}

/** A query that finds nothing has an empty object. */
function readResult(result: unknown, base: URL): { readonly found: readonly string[]; readonly next?: string } {
  const { vulns = [], next_page_token: next } = isRecord(result) ? result : { vulns: null };
  const found = Array.isArray(vulns)
    ? vulns.map((one: unknown) => (isRecord(one) ? one['id'] : undefined))
    : [undefined];
  if (!found.every(isOsvId)) throw badAnswer(base, 'a result is not a list of vulnerabilities with their identifiers');
  return typeof next === 'string' && next !== '' ? { found, next } : { found };
}

function checked({ status, headers, body }: HttpAnswer, base: URL): unknown {
  if (status === 404 && headers['content-type']?.includes('json')) return undefined;
  if (status !== 200) {
    const seconds = Number(headers['retry-after'] ?? 0);
    const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : 0;
    const mayPass = (status === 429 || status >= 500) && waitMs <= longestWaitMs;
    throw new OsvFailure('osv/refused', `OSV at ${base.host} answered ${status}.`, {
      isBadRequest: status === 400,
      ...(mayPass ? { retryAfterMs: waitMs } : {}),
    });
  }
  const json = parsedJson(body);
  if (json === undefined) throw badAnswer(base, 'it is not JSON');
  return json;
}

/** Codes of timeouts before there is a connection. */
const unconnected = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

/** Whoever is connected and does not answer in time is not asked again: the time of the run is spent on it. */
function unreachable({ host }: URL, error: unknown): never {
  if (!(error instanceof TransportError)) throw error;
  const isConnected = !unconnected.has(codeOf(error) ?? '');
  if (error.kind === 'timeout' && isConnected) {
    throw new OsvFailure('osv/slow', `OSV at ${host} is too slow.`, {
      value: error.reason,
      hint: "Try again later, or give a folder with OSV's files, which needs no network.",
      cause: error,
    });
  }
  const mayPass = error.kind === 'network' || error.kind === 'timeout';
  throw new OsvFailure('osv/unreachable', `OSV at ${host} does not answer.`, {
    value: error.reason,
    hint: "Check `review.vulnerabilities.osv`, the proxy and the certificates; a folder with OSV's files needs no network.",
    cause: error,
    ...(mayPass ? { retryAfterMs: 0 } : {}),
  });
}

function badAnswer({ host }: URL, value: string): OsvFailure {
  return new OsvFailure('osv/bad-answer', `The answer of OSV at ${host} cannot be used.`, { value });
}
