import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanUp } from './cleanup.ts';

export interface GitHttpServer {
  /** `http://127.0.0.1:PORT`; a repository's path below the root follows it. */
  readonly url: string;
  /** What was asked for since the start, such as `POST /upstream/.git/git-upload-pack`. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

export interface GitHttpOptions {
  /** Speak protocol 0 alone, as old servers do. */
  readonly oldProtocol?: boolean;
  /** `name:password` that every request must carry. */
  readonly credentials?: string;
  /** Decides over each request; absent: all may read, and nobody may write. */
  readonly authorize?: (access: GitAccess) => GitDecision;
}

/** What a request wants to do. */
export interface GitAccess {
  /** The path below the root, such as `acme/mirror.git`. */
  readonly repository: string;
  readonly isPush: boolean;
  readonly authorization: string | undefined;
}

/** A refusal; or what goes on, with the name that is pushed by, and variables for the hooks. */
export type GitDecision =
  | { readonly status: 401 | 403 | 404; readonly message: string }
  | { readonly user?: string; readonly env?: Readonly<Record<string, string>> };

/** Serves the git repositories below `root` over HTTP on loopback, by git's own `http-backend`. */
export async function startGitHttp(root: string, options: GitHttpOptions = {}): Promise<GitHttpServer> {
  const requests: string[] = [];
  const serve = gitHttpListener(root, options);
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = onCleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, stop };
}

/** Serves the git repositories below `root`, as a part of a server that serves more. */
export function gitHttpListener(root: string, options: GitHttpOptions = {}): RequestListener {
  return (request, response) => {
    if (!isAllowed(request, options.credentials)) return refuse(response, 401, '');
    const decision = options.authorize?.(accessOf(request)) ?? {};
    if ('status' in decision) return refuse(response, decision.status, decision.message);
    const user = decision.user === undefined ? {} : { REMOTE_USER: decision.user };
    runBackend(root, request, response, {
      ...(options.oldProtocol === true ? {} : { HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? '') }),
      ...user,
      ...decision.env,
    });
  };
}

function accessOf({ url = '', headers }: IncomingMessage): GitAccess {
  const { pathname, searchParams } = new URL(url, 'http://git');
  const repository = decodeURIComponent(pathname).replace(/^\/|\/(?:info\/refs|git-[\w-]+|HEAD|objects\/.*)$/g, '');
  const isPush = pathname.endsWith('/git-receive-pack') || searchParams.get('service') === 'git-receive-pack';
  return { repository, isPush, authorization: headers.authorization };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  // git shows a text as `remote: …`.
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {};
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...challenge }).end(message);
}

function isAllowed(request: IncomingMessage, credentials: string | undefined): boolean {
  const expected = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`;
  return credentials === undefined || request.headers.authorization === expected;
}

/** The CGI protocol: the request's head in the environment, its body on stdin, and an answer with a head of its own. */
function runBackend(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  more: Readonly<Record<string, string>>,
): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const header = (name: string): string => String(request.headers[name] ?? '');
  const env = {
    PATH: process.env['PATH'],
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: decodeURIComponent(path),
    QUERY_STRING: query,
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    ...more,
  };
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => request.resume());
  response.on('close', () => backend.kill());
  let head = Buffer.alloc(0);
  backend.stdout.on('data', function readHead(data: Buffer) {
    head = Buffer.concat([head, data]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    backend.stdout.off('data', readHead);
    const fields = head.subarray(0, end).toString().split('\r\n');
    const headers = fields.map((field) => field.split(': ', 2) as [string, string]);
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  });
}
