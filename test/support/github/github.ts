import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onCleanUp } from '../cleanup.ts';
import { gitHttpListener } from '../git-http.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { makeBareRepository } from './bare-repository.ts';
import { describedApi, type PlainRequest } from './description.ts';
import { type Answer, notFound, refusal } from './exchange.ts';
import { exhausted, type Fault, type Limits, limitHeaders } from './faults.ts';
import { authorizeGit, guardPushes } from './git.ts';
import { answerGraphQl } from './graphql.ts';
import { checkHandlers } from './handlers/checks.ts';
import type { Handlers } from './handlers/handler.ts';
import { issueHandlers } from './handlers/issues.ts';
import { pullHandlers } from './handlers/pulls.ts';
import { repositoryHandlers } from './handlers/repository.ts';
import { asSeenByPeople, type StandInRepository } from './people.ts';
import { refresh } from './refresh.ts';
import { authenticate, deny } from './rights.ts';
import { createWorld, type RepositoryState, type Settings, type Token, type TokenKind, type World } from './state.ts';

const handlers: Handlers = { ...repositoryHandlers, ...pullHandlers, ...issueHandlers, ...checkHandlers };
const apiRoot = '/api/v3';

export interface NewToken {
  readonly login: string;
  readonly kind: TokenKind;
  readonly scopes?: readonly string[];
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  readonly repositories?: readonly string[];
}

export interface NewRepository {
  readonly defaultBranch?: string;
  readonly settings?: Partial<Settings>;
  /** The full name of the repository that it is a fork of. */
  readonly forkOf?: string;
}

/** A GitHub on loopback, laid out as GitHub Enterprise Server: API, GraphQL and git under one address. */
export interface GitHubStandIn {
  /** `http://127.0.0.1:PORT`, as GITHUB_SERVER_URL. */
  readonly serverUrl: string;
  /** As GITHUB_API_URL. */
  readonly apiUrl: string;
  /** Requests to the API since the start, such as `POST /repos/acme/mirror/pulls`. */
  readonly requests: readonly string[];
  /** How a request or an answer of ours broke GitHub's description. Any that is left at the end fails the test. */
  readonly violations: string[];
  readonly limits: Limits;
  /** Makes a token known, or known again with other rights. */
  addToken(secret: string, token: NewToken): void;
  removeToken(secret: string): void;
  addRepository(fullName: string, options?: NewRepository): Promise<StandInRepository>;
  /** Lets something go wrong from now on. */
  inject(fault: Fault): void;
}

/** Starts the stand-in; it ends with the test file, which fails where something broke GitHub's description. */
export async function startGitHub(): Promise<GitHubStandIn> {
  const root = temporaryDirectory().path;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const world = createWorld(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const violations: string[] = [];
  const requests: string[] = [];
  const limits: Limits = { remaining: 5_000, reset: 2_000_000_000 };
  const faults: (Fault & { left: number })[] = [];
  const serveApi = await apiServer(world, limits, (violation) => violations.push(violation));
  const serveGit = gitHttpListener(root, { authorize: (access) => authorizeGit(access, world) });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.url?.startsWith('/api/')) return serveGit(request, response);
    const plain = await readRequest(request);
    const line = `${plain.method} ${plain.path}`;
    requests.push(line);
    const fault = faults.find(({ on, left }) => left > 0 && on.test(line));
    if (fault !== undefined) fault.left -= 1;
    if (fault?.after !== false && fault?.after !== undefined) await serveApi(plain);
    const result = fault === undefined ? await serveApi(plain) : fault.answer;
    if (result === 'drop') response.destroy();
    else if (result !== 'hang') send(response, result);
  }
  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      violations.push(`The stand-in itself failed: ${error instanceof Error ? error.stack : error}`);
      send(response, refusal(500, 'Server Error'));
    });
  });
  onCleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    if (violations.length > 0) throw new Error(`GitHub's description was not kept:\n${violations.join('\n')}`);
  });

  return {
    serverUrl: world.serverUrl,
    apiUrl: world.apiUrl,
    requests,
    violations,
    limits,
    addToken(secret, { login, kind, scopes = [], permissions = {}, repositories }) {
      const covered = repositories === undefined ? {} : { repositories };
      world.tokens.set(secret, { user: world.user(login), kind, scopes, permissions, ...covered });
    },
    removeToken: (secret) => void world.tokens.delete(secret),
    addRepository: (fullName, options) => addRepository(world, root, fullName, options),
    inject: (fault) => void faults.push({ ...fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
  };
}

async function addRepository(
  world: World,
  root: string,
  fullName: string,
  { defaultBranch = 'main', settings = {}, forkOf }: NewRepository = {},
): Promise<StandInRepository> {
  const [owner = '', name = ''] = fullName.split('/');
  const origin = world.repositories.find((one) => one.fullName === forkOf);
  const state: RepositoryState = {
    id: world.nextId(),
    owner: world.user(owner),
    name,
    fullName,
    defaultBranch,
    ...(origin === undefined ? {} : { forkOf: origin }),
    settings: {
      isPrivate: false,
      isArchived: false,
      hasIssues: true,
      allowsAutoMerge: true,
      actionsMayOpenPulls: true,
      collaborators: [owner],
      teams: [],
      protectedBranches: [],
      ...settings,
    },
    git: await makeBareRepository(join(root, `${fullName}.git`), defaultBranch),
    threads: [],
    checkRuns: [],
    statuses: [],
  };
  if (origin !== undefined) await state.git.run('fetch', '--quiet', origin.git.folder, '+refs/heads/*:refs/heads/*');
  await guardPushes(state);
  world.repositories.push(state);
  return asSeenByPeople(state, world);
}

/** Serves the API: limits, then who asks, then the description, then rights, then what was asked for. */
async function apiServer(world: World, limits: Limits, violated: (violation: string) => void) {
  const described = await describedApi(violated);

  async function serve(request: PlainRequest): Promise<Answer> {
    const token = authenticate(request.headers['authorization'], world.tokens);
    if ('status' in token) return token;
    if (limits.remaining <= 0) return exhausted(token.user);
    limits.remaining -= 1;
    if (request.path === '/api/graphql') return answerGraphQl(JSON.parse(request.body), token, world, violated);
    const path = request.path.slice(apiRoot.length);
    return described.handle({ ...request, path }, (call) => carryOut(token, call));
  }

  async function carryOut(token: Token, call: Parameters<Parameters<typeof described.handle>[1]>[0]): Promise<Answer> {
    const fullName = `${call.params['owner']}/${call.params['repo']}`.toLowerCase();
    const repository = world.repositories.find((one) => one.fullName.toLowerCase() === fullName);
    const handler = handlers[call.operation];
    if (handler === undefined) throw new Error(`${call.operation} is described and not served.`);
    if (repository === undefined) return notFound;
    await refresh(repository, world);
    const scopes = token.kind === 'classic' ? { 'x-oauth-scopes': token.scopes.join(', ') } : {};
    const refused = deny(call.operation, token, repository);
    const answer = refused ?? (await handler({ ...call, token }, repository, { world }));
    return { ...answer, headers: { ...scopes, ...answer.headers } };
  }

  return async (request: PlainRequest): Promise<Answer> => {
    const answer = await serve(request);
    return { ...answer, headers: { ...limitHeaders(limits), ...answer.headers } };
  };
}

async function readRequest(request: IncomingMessage): Promise<PlainRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method ?? 'GET',
    path,
    query: query === '' ? '' : `?${query}`,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).toString(),
  };
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const isText = typeof body === 'string';
  const type = isText ? {} : { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...type, ...headers });
  response.end(body === undefined ? undefined : isText ? body : JSON.stringify(body));
}
