import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A request as a scripted server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a script answers: a value, or a function that writes to the response itself. */
export type Answer =
  | {
      readonly status?: number;
      readonly headers?: Record<string, string | string[]>;
      readonly body?: string | Uint8Array;
    }
  | ((response: ServerResponse) => void);

export interface ScriptedServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly seen: SeenRequest[];
  /** How many connections were opened. */
  readonly connections: () => number;
  /** The paths and methods seen, such as `HEAD /v2/a/manifests/1`. */
  readonly lines: () => string[];
  close(): Promise<void>;
}

/** Serves HTTP, or TLS with a key and certificate, on the loopback; `script` answers each request. */
export async function scriptedServer(
  script: (request: SeenRequest, nth: number) => Answer,
  tls?: ServerOptions,
  onTls?: (hasCertificate: boolean) => void,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  let connections = 0;
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: Buffer.concat(chunks).toString() };
    seen.push(request);
    const answer = script(request, seen.length);
    if (typeof answer === 'function') return answer(response);
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(answer.body);
  };
  const server: Server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
  server.on('connection', () => {
    connections += 1;
  });
  server.on('secureConnection', (socket: TLSSocket) => onTls?.('subject' in socket.getPeerCertificate()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    lines: () => seen.map(({ method, path }) => `${method} ${path}`),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
