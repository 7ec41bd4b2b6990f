import { type Dispatcher, Headers, type RequestInit, Response, fetch as send } from 'undici';
import { userAgent } from '../core/user-agent.ts';
import { TransportError } from '../registry/http/transport-error.ts';

/** Sends one request to a forge. @throws TransportError when no whole answer came; the signal's reason when that aborts */
export type Fetch = (url: string | URL, options: RequestInit) => Promise<Response>;

export interface FetchOptions {
  /** The only origin that is asked: requests carry the token. */
  readonly origin: string;
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly signal?: AbortSignal | undefined;
  /** Told of each request that is sent. */
  readonly onRequest: (method: string, url: string, body: unknown) => void;
  /** How long one request may take, in milliseconds. */
  readonly limitMs?: number;
  /** How large an answer may be, in bytes. */
  readonly limitBytes?: number;
}

const defaultLimitMs = 60_000;
/** A page of a hundred pull requests with the longest texts has 7 MB. */
const defaultLimitBytes = 32 * 1024 * 1024;

/** A {@link Fetch} whose answers are whole, bounded in time and size. */
export function boundedFetch(options: FetchOptions): Fetch {
  const { limitMs = defaultLimitMs, limitBytes = defaultLimitBytes } = options;
  return async (url, request) => {
    options.signal?.throwIfAborted();
    options.onRequest(request.method ?? 'GET', String(url), request.body);
    const timeout = AbortSignal.timeout(limitMs);
    const signals = [timeout, options.signal, request.signal].filter((signal) => signal instanceof AbortSignal);
    try {
      const dispatcher = await options.dispatcher();
      const answer = await follow(String(url), options.origin, {
        ...request,
        dispatcher,
        signal: AbortSignal.any(signals),
      });
      const body = await readBounded(answer, limitBytes);
      const { status, statusText, headers } = answer;
      return new Response(status === 204 || status === 304 ? null : body, { status, statusText, headers });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (timeout.aborted) throw new TransportError('timeout', `there was no whole answer in ${limitMs / 1000} s`);
      // The fetch standard blocks ports of other protocols, and says so in no other way.
      if (error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port')
        throw new TransportError(
          'network',
          'no request goes to this port (https://fetch.spec.whatwg.org/#port-blocking)',
        );
      throw TransportError.from(error);
    }
  };
}

const mostRedirects = 5;

/** Sends a request, also where it is led on at the same origin: a repository that was renamed answers so. */
async function follow(url: string, origin: string, request: RequestInit): Promise<Response> {
  let next = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    if (new URL(next).origin !== origin) {
      throw new TransportError('network', `the forge leads to ${new URL(next).host}, which is not sent the token`);
    }
    const headers = new Headers(request.headers);
    if (!headers.has('user-agent')) headers.set('user-agent', userAgent);
    const answer = await send(next, { ...request, headers, redirect: 'manual' });
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
    await answer.body?.cancel();
    if (!URL.canParse(location, next))
      throw new TransportError('network', 'the forge leads to something that is not a URL');
    next = new URL(location, next).href;
  }
  throw new TransportError('network', `the forge leads on more than ${mostRedirects} times`);
}

async function readBounded(answer: Response, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > limitBytes) throw new TransportError('too-large', `the answer is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
