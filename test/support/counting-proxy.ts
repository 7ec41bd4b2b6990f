import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { onCleanUp } from './cleanup.ts';
import { type RegistryRequest, readRegistryRequest } from './registry-request.ts';
import { countTraffic, type SeenRequest, type TrafficCounts } from './traffic.ts';

/** An answer of a hook, in place of the registry's. */
export interface InjectedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Breaks the connection after the body's bytes, with more of them announced. */
  readonly hangUp?: boolean;
  /** Resets the connection in place of any answer. */
  readonly reset?: boolean;
}

/** A request that goes on to the registry, with something done to it or to its answer. */
export interface ChangedPassage {
  readonly passes: true;
  /** Path and query to send in place of the request's own. */
  readonly url?: string;
  readonly addHeaders?: Readonly<Record<string, string>>;
  /** Through what the answer's body goes; `length` is what the answer announces. An error in it breaks the connection. */
  readonly through?: (length: number) => Duplex;
  /** Told how many bytes of the request's body have gone on to the registry so far, after each part of it. */
  readonly onReceived?: (bytes: number) => void;
  /** The same for the request's body, on its way to the registry. */
  readonly sendsThrough?: (length: number) => Duplex;
  /** Resets the connection once the registry has done what it was asked and would answer. */
  readonly losesAnswer?: boolean;
}

/** Who sent a request, and with which headers. */
export interface Caller {
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
}

export type HookAnswer = InjectedAnswer | ChangedPassage | undefined;

/**
 * Asked for each request: `undefined` lets it through to the registry. A promise holds the request back until it
 * resolves, which makes a slow registry.
 */
export type AnswerHook = (request: RegistryRequest, caller: Caller) => HookAnswer | Promise<HookAnswer>;

export interface CountingProxy {
  /** `127.0.0.1:PORT`, plain HTTP. */
  readonly host: string;
  counts(): TrafficCounts;
  /** Every request since the last reset, in the order of their arrival. */
  seen(): readonly SeenRequest[];
  /** Forgets what was seen. */
  reset(): void;
  /** Sets the hook, or takes it away. */
  respond(hook: AnswerHook | undefined): void;
  stop(): Promise<void>;
}

/**
 * Starts a proxy before the registry at `targetHost` (`HOST:PORT`, plain HTTP) that counts what passes through it;
 * a function for a registry that may move. `always` is asked after the hook of a test has let a request through, and both may change its passage.
 */
export async function startCountingProxy(
  targetHost: string | (() => string),
  always?: AnswerHook,
): Promise<CountingProxy> {
  const target = typeof targetHost === 'string' ? () => targetHost : targetHost;
  const agent = new Agent({ keepAlive: true });
  let seen: SeenRequest[] = [];
  let hook: AnswerHook | undefined;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = readRegistryRequest(incoming.method ?? 'GET', incoming.url ?? '/');
    const record: SeenRequest = { ...request, status: 0, bytesSent: 0, bytesReceived: 0, isUnderWay: true };
    seen.push(record);
    outgoing.once('close', () => {
      record.isUnderWay = false;
    });
    const exchange = { incoming, outgoing, record };
    try {
      const caller = { address: incoming.socket.remoteAddress ?? '', headers: incoming.headers };
      const answer = await firstInjected([hook, always], request, caller);
      if ('passes' in answer) forward(target(), agent, exchange, answer);
      else inject(answer, exchange);
    } catch (error) {
      fail(exchange, 500, `The hook of the test failed: ${error}`);
    }
  }

  const server = createServer(handle);
  // A client may keep a connection for the whole of a benchmark.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    host: `127.0.0.1:${port}`,
    counts: () => countTraffic(seen),
    seen: () => seen,
    reset: () => {
      seen = [];
    },
    respond: (next) => {
      hook = next;
    },
    stop: onCleanUp(async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }),
  };
}

/** The first answer in place of the registry's; else all that is to be done to the passage. */
async function firstInjected(
  hooks: readonly (AnswerHook | undefined)[],
  request: RegistryRequest,
  caller: Caller,
): Promise<InjectedAnswer | ChangedPassage> {
  let passage: ChangedPassage = { passes: true };
  for (const hook of hooks) {
    const answer = await hook?.(request, caller);
    if (answer === undefined) continue;
    if (!('passes' in answer)) return answer;
    passage = { ...passage, ...answer, addHeaders: { ...passage.addHeaders, ...answer.addHeaders } };
  }
  return passage;
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly record: SeenRequest;
}

function forward(targetHost: string, agent: Agent, exchange: Exchange, change: ChangedPassage): void {
  const { incoming, outgoing, record } = exchange;
  const [host, port] = targetHost.split(':');
  // Host is passed on, so that the addresses in the registry's answers lead back through this proxy.
  const { connection: _, ...headers } = incoming.headers;
  const path = change.url ?? incoming.url;
  const ongoing = httpRequest({ host, port, agent, method: incoming.method, path, headers });
  ongoing.on('response', (answer) => {
    if (change.losesAnswer) {
      answer.destroy();
      incoming.socket.resetAndDestroy();
      return;
    }
    const { connection: _, ...answered } = answer.headers;
    begin(exchange, answer.statusCode ?? 502, { ...answered, ...change.addHeaders });
    answer.on('error', (error) => outgoing.destroy(error));
    const through = change.through?.(Number(answer.headers['content-length'] ?? 0));
    const body = through === undefined ? answer : answer.pipe(through);
    body.on('data', (chunk: Buffer) => {
      record.bytesSent += chunk.length;
    });
    // The pipeline ends both sides when either breaks; the client is the one that is told.
    pipeline(body, outgoing, (error) => {
      if (error) answer.destroy();
    });
  });
  ongoing.on('error', (error) => fail(exchange, 502, `The registry cannot be reached: ${error.message}`));
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) ongoing.destroy();
  });
  countReceived(exchange);
  if (change.sendsThrough === undefined) incoming.pipe(ongoing);
  else {
    const through = change.sendsThrough(Number(incoming.headers['content-length'] ?? 0));
    pipeline(incoming, through, ongoing, (error) => {
      if (error) outgoing.socket?.resetAndDestroy();
    });
  }
  // After the pipe, so that the part has gone on when it is told.
  if (change.onReceived) incoming.on('data', () => change.onReceived?.(record.bytesReceived));
}

function inject(answer: InjectedAnswer, exchange: Exchange): void {
  const { incoming, outgoing, record } = exchange;
  countReceived(exchange);
  if (answer.reset) {
    incoming.socket.resetAndDestroy();
    return;
  }
  const body = Buffer.from(answer.body ?? '');
  const length = String(answer.hangUp ? body.length + 1024 : body.length);
  begin(exchange, answer.status, { 'content-length': length, ...answer.headers });
  if (record.method !== 'HEAD') record.bytesSent = body.length;
  if (answer.hangUp) outgoing.write(body, () => outgoing.destroy());
  else outgoing.end(body);
}

function fail(exchange: Exchange, status: number, message: string): void {
  if (exchange.outgoing.headersSent) {
    exchange.outgoing.destroy();
    return;
  }
  begin(exchange, status, { 'content-type': 'text/plain' });
  exchange.outgoing.end(message);
}

/** Sends the head of an answer, and notes it before anybody can see it. */
function begin({ outgoing, record }: Exchange, status: number, headers: OutgoingHttpHeaders): void {
  record.status = status;
  const digest = headers['docker-content-digest'];
  if (typeof digest === 'string') record.digest = digest;
  outgoing.writeHead(status, headers);
}

function countReceived({ incoming, record }: Exchange): void {
  incoming.on('data', (chunk: Buffer) => {
    record.bytesReceived += chunk.length;
  });
}
