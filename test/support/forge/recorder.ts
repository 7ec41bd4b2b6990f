import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanUp } from '../cleanup.ts';

/** A server on loopback that nothing secret may reach: it asks everybody for credentials, and writes down what it gets. */
export interface Recorder {
  /** `http://127.0.0.1:PORT`; it takes requests to a proxy, too. */
  readonly url: string;
  /** Such as `GET /acme/mirror.git/info/refs`, or `CONNECT github.evil.example:443`. */
  readonly requests: readonly string[];
  readonly heads: readonly IncomingHttpHeaders[];
}

/** Starts it; it ends with the test file. */
export async function startRecorder(): Promise<Recorder> {
  const requests: string[] = [];
  const heads: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    heads.push(request.headers);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="Give it to me"' }).end('{"message":"Who are you?"}');
  });
  server.on('connect', (request, socket) => {
    requests.push(`CONNECT ${request.url}`);
    heads.push(request.headers);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, heads };
}
