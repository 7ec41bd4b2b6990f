import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { type BareRepository, type FileChanges, makeBareRepository } from '../forge/bare-repository.ts';
import type { Answer, PlainRequest } from '../forge/exchange.ts';
import type { Fault } from '../forge/faults.ts';
import { startForgeServer } from '../forge/server.ts';
import { type GitAccess, type GitDecision, gitHttpListener } from '../git-http.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { insufficientScope, refuse } from './exchange.ts';
import { branchHandlers } from './handlers/branches.ts';
import type { Handlers } from './handlers/handler.ts';
import { addMergeRequest, mergeRequestHandlers } from './handlers/merge-requests.ts';
import { plainHandlers, projectHandlers } from './handlers/project.ts';
import { talkHandlers } from './handlers/talk.ts';
import { matchRoute, wrongFields } from './routes.ts';
import { createWorld, type MergeRequest, type ProjectState, type Token, type World } from './state.ts';

const handlers: Handlers = { ...projectHandlers, ...branchHandlers, ...mergeRequestHandlers, ...talkHandlers };

export interface GitLabProject extends Omit<ProjectState, 'git'> {
  readonly git: BareRepository;
  /** For `git clone` and `git push`. */
  readonly url: string;
  /** Somebody commits to a branch, a new one from the default branch. */
  commit(username: string, branch: string, changes: FileChanges, message?: string): Promise<string>;
  openFromFork(source: GitLabProject, branch: string, username: string): Promise<MergeRequest>;
  /** Somebody rebases the branch of a merge request by GitLab's button. Throws where there is a conflict. */
  rebase(iid: number, username: string): Promise<string>;
  /** Somebody merges a merge request by one commit; the branch stays. Throws where there is a conflict. */
  squash(iid: number, username: string): Promise<string>;
}

/** A GitLab on loopback: a part of its REST API, strict in what it takes, and git over HTTP. */
export interface GitLabStandIn {
  readonly url: string;
  /** As CI_API_V4_URL. */
  readonly apiUrl: string;
  readonly requests: readonly string[];
  /** The headers of all requests since the start, those of git too. */
  readonly heads: readonly IncomingHttpHeaders[];
  readonly violations: string[];
  addToken(secret: string, username: string, scopes?: readonly string[]): void;
  addProject(path: string, members?: Readonly<Record<string, number>>): Promise<GitLabProject>;
  inject(fault: Fault): void;
}

/** Starts the stand-in; it ends with the test file, which fails where something was sent that GitLab does not take. */
export async function startGitLab(): Promise<GitLabStandIn> {
  const root = temporaryDirectory().path;
  const server = await startForgeServer('GitLab');
  const world = createWorld(server.url);
  server.serve({
    api: (request) => serveApi(request, world, (violation) => server.violations.push(violation)),
    git: gitHttpListener(root, { authorize: (access) => authorizeGit(access, world) }),
  });
  return {
    url: server.url,
    apiUrl: `${server.url}/api/v4`,
    requests: server.requests,
    heads: server.heads,
    violations: server.violations,
    addToken(secret, username, scopes = ['api', 'write_repository']) {
      world.tokens.set(secret, { user: world.user(username), scopes });
    },
    addProject: (path, members = {}) => addProject(world, root, path, members),
    inject: server.inject,
  };
}

async function serveApi(request: PlainRequest, world: World, violated: (text: string) => void): Promise<Answer> {
  const token = world.tokens.get(request.headers['private-token'] ?? '');
  if (token === undefined) return refuse(401, '401 Unauthorized');
  const path = request.path.replace(/^\/api\/v4/, '');
  const matched = matchRoute(request.method, path);
  const query = new URLSearchParams(request.query);
  const body: Record<string, unknown> = request.body === '' ? {} : JSON.parse(request.body);
  const names = {
    query: [...new Set([...query.keys()].map((name) => name.replace('[]', '')))],
    body: Object.keys(body),
  };
  const wrong = matched === undefined ? ['no such route'] : wrongFields(matched.route, names);
  if (matched === undefined || wrong.length > 0) {
    violated(`${request.method} ${path}${request.query} ${request.body}: ${wrong.join(', ')}`);
    return refuse(400, wrong.join(', '));
  }
  for (const text of [body['description'], body['body']])
    if (isAction(text)) violated(`a quick action was sent: ${text}`);
  const call = { token, params: matched.params, query, body, world };
  const name = `${matched.route.method} ${matched.route.path}`;
  if (request.method !== 'GET' && !token.scopes.includes('api')) return insufficientScope;
  const plain = plainHandlers[name];
  if (plain !== undefined) return plain(call);
  const project = world.projects.find((one) => one.path === matched.project);
  const refused = deny(project, token, matched.route.level);
  const handler = handlers[name];
  if (project === undefined || refused !== undefined) return refused ?? refuse(404, '404 Project Not Found');
  if (handler === undefined) throw new Error(`${name} is listed and not served`);
  await refresh(project);
  return handler(call, project);
}

/** GitLab would carry out such a line in the name of the token. */
function isAction(text: unknown): boolean {
  return typeof text === 'string' && /^\s*\/[a-z]/im.test(text);
}

function deny(project: ProjectState | undefined, { user }: Token, level: number): Answer | undefined {
  const own = project?.members.get(user.username) ?? 0;
  if (project === undefined || (project.isPrivate && own === 0)) return refuse(404, '404 Project Not Found');
  if (level > 0 && project.isArchived) return refuse(403, '403 Forbidden - Project is archived');
  return own < level ? refuse(403, '403 Forbidden') : undefined;
}

/** Brings the open merge requests to what git has now. */
async function refresh(project: ProjectState): Promise<void> {
  for (const one of project.mergeRequests) {
    if (one.state !== 'opened' || one.source !== project) continue;
    const tip = await project.git.find(`refs/heads/${one.sourceBranch}`);
    if (tip === undefined) continue;
    one.sha = tip;
    one.hasConflict = !(await project.git.isMergeable(`refs/heads/${one.targetBranch}`, tip));
  }
}

const hook = `#!/bin/sh
while read -r _ _ ref; do
  case " $GITLAB_STAND_IN_PROTECTED " in
    *" \${ref#refs/heads/} "*)
      echo 'GitLab: You are not allowed to push code to protected branches on this project.' >&2
      exit 1
      ;;
  esac
done
`;

function authorizeGit({ repository, isPush, authorization }: GitAccess, world: World): GitDecision {
  const project = world.projects.find(({ path }) => `${path}.git` === repository);
  const [, basic = ''] = /^basic (.+)$/i.exec(authorization ?? '') ?? [];
  const secret = Buffer.from(basic, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
  const token = world.tokens.get(secret);
  if (token === undefined) return { status: 401, message: 'HTTP Basic: Access denied.' };
  const level = project?.members.get(token.user.username) ?? 0;
  if (project === undefined || (project.isPrivate && level === 0)) {
    return {
      status: 404,
      message: "The project you were looking for could not be found or you don't have permission to view it.",
    };
  }
  const mayWrite = token.scopes.includes('write_repository') || token.scopes.includes('api');
  if (isPush && (level < 30 || !mayWrite)) {
    return { status: 403, message: 'You are not allowed to push code to this project.' };
  }
  return { user: token.user.username, env: { GITLAB_STAND_IN_PROTECTED: project.protectedBranches.join(' ') } };
}

async function addProject(
  world: World,
  root: string,
  path: string,
  members: Readonly<Record<string, number>>,
): Promise<GitLabProject> {
  const git = await makeBareRepository(join(root, `${path}.git`), 'main');
  git.setHook('pre-receive', hook);
  const state: ProjectState = {
    id: world.nextId(),
    path,
    defaultBranch: 'main',
    git,
    members: new Map(Object.entries(members)),
    isPrivate: true,
    isArchived: false,
    hasIssues: true,
    hasManyReviewers: true,
    protectedBranches: ['main'],
    variables: [],
    mergeRequests: [],
    issues: [],
  };
  world.projects.push(state);
  const by = (username: string) => ({ name: username, email: `${username}@example.com`, date: world.now() });
  const openOne = async (iid: number): Promise<MergeRequest> => {
    await refresh(state);
    const one = state.mergeRequests.find((each) => each.iid === iid && each.state === 'opened');
    if (one === undefined) throw new Error(`!${iid} is not open.`);
    return one;
  };
  // The same object, so that a test may change what people set.
  return Object.assign(state, {
    url: `${world.url}/${path}.git`,
    async commit(username: string, branch: string, changes: FileChanges, message = 'A change') {
      const [own, start] = await Promise.all([branch, 'main'].map((name) => git.find(`refs/heads/${name}`)));
      if (own === undefined && start !== undefined) await git.run('update-ref', `refs/heads/${branch}`, start);
      const author = { name: username, email: `${username}@example.com`, date: world.now() };
      return git.commit(branch, changes, message, author);
    },
    async rebase(iid: number, username: string) {
      const { sourceBranch, sha } = await openOne(iid);
      const commit = await git.rebase('refs/heads/main', sha, by(username));
      if (commit === undefined) throw new Error(`!${iid} has a conflict.`);
      await git.run('update-ref', `refs/heads/${sourceBranch}`, commit, sha);
      return commit;
    },
    async squash(iid: number, username: string) {
      const one = await openOne(iid);
      const commit = await git.squash('refs/heads/main', one.sha, one.title, by(username));
      if (commit === undefined) throw new Error(`!${iid} has a conflict.`);
      await git.run('update-ref', 'refs/heads/main', commit);
      Object.assign(one, { state: 'merged', mergedBy: world.user(username) });
      return commit;
    },
    async openFromFork(source: GitLabProject, branch: string, username: string) {
      const sha = (await source.git.find(`refs/heads/${branch}`)) ?? '';
      await git.run('fetch', '--quiet', source.git.folder, sha);
      const fork = world.projects.find((one) => one.path === source.path) ?? state;
      const by = world.user(username);
      const opened = addMergeRequest(world, state, {
        by,
        source: fork,
        sourceBranch: branch,
        targetBranch: 'main',
        sha,
      });
      await git.run('update-ref', `refs/merge-requests/${opened.iid}/head`, sha);
      return opened;
    },
  });
}
