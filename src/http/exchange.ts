import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { userAgent } from '../core/user-agent.ts';
import { withDeadline } from './clock.ts';
import { type ReceiverLimits, type StreamedBody, sentBody } from './sent-body.ts';
import { TransportError } from './transport-error.ts';

/** How long to wait, in milliseconds. */
export interface Timeouts {
  /** For a connection. */
  readonly connectMs: number;
  /** For the headers of an answer. */
  readonly headersMs: number;
  /** Between two parts of a body. */
  readonly bodyMs: number;
  /** For the whole of an answer, so that a trickle ends as well. A streamed body, sent or read, has no such bound. */
  readonly totalMs: number;
  /** For a receiver to take the next part of a body that is streamed to it. */
  readonly stallMs: number;
  /** For a receiver to answer when it has all of such a body. */
  readonly commitMs: number;
}

/** Those of a web API, whose answers are short and come at once. */
export const webApiTimeouts: Timeouts = {
  connectMs: 10_000,
  headersMs: 30_000,
  bodyMs: 30_000,
  totalMs: 60_000,
  stallMs: 30_000,
  commitMs: 30_000,
};

export const defaultTimeouts: Timeouts = {
  connectMs: 30_000,
  headersMs: 30_000,
  bodyMs: 30_000,
  totalMs: 120_000,
  stallMs: 60_000,
  commitMs: 900_000,
};

export interface HttpRequest {
  readonly method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  /** The most that a good answer's body may have, in bytes. */
  readonly maxBytes: number;
  /** Whether a good answer's body is left to the caller to read, who then bounds its length and time. */
  readonly streamed?: boolean;
}

/** A whole answer, or the head of one whose body is `stream`. */
export interface HttpAnswer {
  readonly url: URL;
  readonly status: number;
  /** By name in lower case; a header that came more than once is joined by commas (RFC 9110, section 5.3). */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  readonly stream?: Readable;
}

/** Sends one request and reads its whole answer. */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>;

/** What is read of an error's body: enough for any message. */
const maxErrorBytes = 64 * 1024;

/**
 * An {@link Exchange} over a dispatcher of undici. Redirections are answers like others.
 *
 * @throws TransportError when no whole answer came; the signal's reason when that aborts
 */
export function exchangeOver(
  dispatcher: () => Promise<Dispatcher>,
  timeouts: Timeouts,
  signal: AbortSignal | undefined,
): Exchange {
  return async (request) => {
    const over = await dispatcher();
    const { body } = request;
    try {
      if (isStreamed(body)) return await sendStreamed(over, request, body, timeouts, signal);
      const plain = { ...request, body: body ?? null };
      return await withDeadline(timeouts.totalMs, signal, (deadline) => send(over, plain, timeouts, deadline));
    } catch (error) {
      signal?.throwIfAborted();
      throw TransportError.from(error);
    }
  };
}

function isStreamed(body: HttpRequest['body']): body is StreamedBody {
  return body !== undefined && 'open' in body;
}

/**
 * Sends a request whose body is streamed. An answer that comes before the end of the body, such as a refusal, ends it.
 *
 * @throws what reading the body throws, as it is
 */
async function sendStreamed(
  dispatcher: Dispatcher,
  request: HttpRequest,
  body: StreamedBody,
  timeouts: Timeouts & ReceiverLimits,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const follow = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', follow, { once: true });
  const sent = sentBody(body, timeouts, (reason) => stop.abort(reason));
  try {
    const headersMs = timeouts.commitMs + timeouts.stallMs;
    return await send(dispatcher, { ...request, body: sent.bytes }, { ...timeouts, headersMs }, stop.signal);
  } catch (error) {
    throw sent.failure() ?? error;
  } finally {
    sent.end();
    signal?.removeEventListener('abort', follow);
  }
}

async function send(
  dispatcher: Dispatcher,
  request: Omit<HttpRequest, 'body'> & { readonly body: Uint8Array | AsyncIterable<Uint8Array> | null },
  { headersMs, bodyMs }: Timeouts,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { method, url, headers, body } = request;
  const answer = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: { 'user-agent': userAgent, ...headers },
    // undici takes an iterable as well (its documentation of `Dispatcher.dispatch`), which its types leave out.
    body: body as Uint8Array | null,
    headersTimeout: headersMs,
    bodyTimeout: bodyMs,
    signal,
    // undici closes the connection after a HEAD otherwise, which costs a handshake for each group.
    reset: false,
  });
  const good = answer.statusCode < 300;
  const head = { url, status: answer.statusCode, headers: joined(answer.headers) };
  if (good && request.streamed) return { ...head, body: new Uint8Array(), stream: answer.body };
  const announced = method === 'HEAD' ? 0 : Number(answer.headers['content-length'] ?? 0);
  const read = await readBody(answer.body, good ? request.maxBytes : maxErrorBytes, announced, good);
  return { ...head, body: read };
}

function joined(headers: Dispatcher.ResponseData['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
  announced: number,
  whole: boolean,
): Promise<Uint8Array> {
  if (whole && announced > maxBytes) {
    body.destroy();
    throw tooLarge(maxBytes);
  }
  return readAtMost(body, maxBytes, whole ? 'refuse' : 'cut');
}

/**
 * Reads a body; what is longer than `maxBytes` is refused, or cut off.
 *
 * @throws TransportError `too-large`
 */
export async function readAtMost(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
  whenLonger: 'refuse' | 'cut',
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes && whenLonger === 'refuse') throw tooLarge(maxBytes);
    if (size > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): TransportError {
  return new TransportError('too-large', `the answer is larger than ${maxBytes} bytes`);
}
