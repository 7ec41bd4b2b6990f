import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanUp } from '../cleanup.ts';
import { type Answer, type PlainRequest, readRequest, send } from './exchange.ts';
import type { Fault } from './faults.ts';

/** A server on loopback that has an API below `/api/` and git below all other paths. */
export interface ForgeServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Requests to the API since the start, such as `POST /api/v3/repos/acme/mirror/pulls`. */
  readonly requests: readonly string[];
  /** The headers of all requests since the start, those of git too. */
  readonly heads: readonly IncomingHttpHeaders[];
  /** How a request or an answer broke the rules. Any that is left at the end fails the test. */
  readonly violations: string[];
  /** Lets something go wrong from now on. */
  inject(fault: Fault): void;
  /** Begins to serve. */
  serve(parts: { readonly api: (request: PlainRequest) => Promise<Answer>; readonly git: RequestListener }): void;
}

/** Starts the server of a stand-in; it ends with the test file, which fails where rules were broken. */
export async function startForgeServer(name: string): Promise<ForgeServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const violations: string[] = [];
  const requests: string[] = [];
  const heads: IncomingHttpHeaders[] = [];
  const faults: { readonly fault: Fault; left: number }[] = [];
  onCleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    if (violations.length > 0) throw new Error(`${name}'s description was not kept:\n${violations.join('\n')}`);
  });

  function nextFault(line: string): Fault | undefined {
    const found = faults.find(({ fault, left }) => left > 0 && fault.on.test(line));
    if (found !== undefined) found.left -= 1;
    return found?.fault;
  }

  async function answer(
    api: (request: PlainRequest) => Promise<Answer>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const plain = await readRequest(request);
    const line = `${plain.method} ${plain.path}`;
    requests.push(line);
    const fault = nextFault(line);
    if (fault?.after === true) await api(plain);
    const result = fault === undefined ? await api(plain) : fault.answer;
    if (result === 'drop') response.destroy();
    else if (result !== 'hang') send(response, result);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    heads,
    violations,
    inject: (fault) => void faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    serve({ api, git }) {
      server.on('request', (request, response) => {
        heads.push(request.headers);
        if (!request.url?.startsWith('/api/')) {
          const fault = nextFault(`${request.method} ${request.url}`)?.answer;
          return typeof fault === 'object' ? send(response, fault) : git(request, response);
        }
        answer(api, request, response).catch((error: unknown) => {
          violations.push(`The stand-in itself failed: ${error instanceof Error ? error.stack : error}`);
          send(response, { status: 500, body: { message: 'Server Error' } });
        });
      });
    },
  };
}
