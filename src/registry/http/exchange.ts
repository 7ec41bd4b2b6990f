import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { userAgent } from '../../core/user-agent.ts';
import { withDeadline } from './deadline.ts';
import { TransportError } from './transport-error.ts';

/** How long to wait, in milliseconds. */
export interface Timeouts {
  /** For a connection. */
  readonly connectMs: number;
  /** For the headers of an answer. */
  readonly headersMs: number;
  /** Between two parts of a body. */
  readonly bodyMs: number;
  /** For the whole of an answer, so that a trickle ends as well. */
  readonly totalMs: number;
}

export const defaultTimeouts: Timeouts = { connectMs: 30_000, headersMs: 30_000, bodyMs: 30_000, totalMs: 120_000 };

export interface HttpRequest {
  readonly method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The most that a good answer's body may have, in bytes. */
  readonly maxBytes: number;
  /** Whether a good answer's body is left to the caller to read, who alone then bounds its length and time. */
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
    try {
      return await withDeadline(timeouts.totalMs, signal, (deadline) => send(over, request, timeouts, deadline));
    } catch (error) {
      signal?.throwIfAborted();
      throw TransportError.from(error);
    }
  };
}

async function send(
  dispatcher: Dispatcher,
  request: HttpRequest,
  { headersMs, bodyMs }: Timeouts,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { method, url, headers, body } = request;
  const answer = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers: { 'user-agent': userAgent, ...headers },
    body: body ?? null,
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
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (whole && announced > maxBytes) throw tooLarge(body, maxBytes);
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes && whole) throw tooLarge(body, maxBytes);
    if (size > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(body: Dispatcher.ResponseData['body'], maxBytes: number): TransportError {
  body.destroy();
  return new TransportError('too-large', `the answer is larger than ${maxBytes} bytes`);
}
