import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { makeBareRepository } from '../forge/bare-repository.ts';
import type { Answer, PlainRequest } from '../forge/exchange.ts';
import type { Fault } from '../forge/faults.ts';
import { startForgeServer } from '../forge/server.ts';
import { gitHttpListener } from '../git-http.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { describedApi } from './description.ts';
import { notFound } from './exchange.ts';
import { exhausted, type Limits, limitHeaders } from './faults.ts';
import { authorizeGit, guardPushes } from './git.ts';
import { answerGraphQl } from './graphql.ts';
import { ciSettingsHandlers } from './handlers/ci-settings.ts';
import type { Handlers } from './handlers/handler.ts';
import { issueHandlers } from './handlers/issues.ts';
import { pullHandlers } from './handlers/pulls.ts';
import { repositoryHandlers } from './handlers/repository.ts';
import { asSeenByPeople, type StandInRepository } from './people.ts';
import { refresh } from './refresh.ts';
import { authenticate, deny } from './rights.ts';
import { createWorld, type RepositoryState, type Settings, type Token, type TokenKind, type World } from './state.ts';

const handlers: Handlers = { ...repositoryHandlers, ...pullHandlers, ...issueHandlers, ...ciSettingsHandlers };
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
  /** The headers of all requests since the start, those of git too. */
  readonly heads: readonly IncomingHttpHeaders[];
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
  const server = await startForgeServer('GitHub');
  const world = createWorld(server.url);
  const limits: Limits = { remaining: 5_000, reset: 2_000_000_000 };
  server.serve({
    api: await apiServer(world, limits, (violation) => server.violations.push(violation)),
    git: gitHttpListener(root, { authorize: (access) => authorizeGit(access, world) }),
  });
  return {
    serverUrl: world.serverUrl,
    apiUrl: world.apiUrl,
    requests: server.requests,
    heads: server.heads,
    violations: server.violations,
    limits,
    addToken(secret, { login, kind, scopes = [], permissions = {}, repositories }) {
      const covered = repositories === undefined ? {} : { repositories };
      world.tokens.set(secret, { user: world.user(login), kind, scopes, permissions, ...covered });
    },
    removeToken: (secret) => void world.tokens.delete(secret),
    addRepository: (fullName, options) => addRepository(world, root, fullName, options),
    inject: server.inject,
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
      committerEmailEnd: '',
      requiresSignatures: false,
      ciNames: {},
      ...settings,
    },
    git: await makeBareRepository(join(root, `${fullName}.git`), defaultBranch),
    threads: [],
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
