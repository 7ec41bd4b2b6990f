import type { Answer } from '../forge/exchange.ts';
import {
  commitAnswer,
  fullMergeRequestAnswer,
  isDraft,
  issueAnswer,
  mergeRequestAnswer,
  noteAnswer,
  userAnswer,
} from './answers.ts';
import { page, refuse } from './exchange.ts';
import type { MergeRequest, ProjectState, Thread, Token, User, World } from './state.ts';

export interface Call {
  readonly token: Token;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly world: World;
}

export type Handler = (call: Call, project: ProjectState) => Promise<Answer> | Answer;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const words = (value: unknown): string[] => (text(value) ?? '').split(',').filter(Boolean);
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);

const find = <One extends Thread>(list: readonly One[], { params }: Call): One | undefined =>
  list.find(({ iid }) => iid === Number(params['IID']));

const readBranch: Handler = async ({ params, world }, project) => {
  const tip = await project.git.find(`refs/heads/${params['BRANCH']}`);
  const facts = tip === undefined ? undefined : (await project.git.commits(tip)).at(-1);
  if (facts === undefined) return refuse(404, '404 Branch Not Found');
  const isProtected = project.protectedBranches.includes(params['BRANCH'] ?? '');
  return {
    status: 200,
    body: { name: params['BRANCH'], protected: isProtected, commit: commitAnswer(world, facts, project) },
  };
};

const deleteBranch: Handler = async ({ params }, project) => {
  const branch = params['BRANCH'] ?? '';
  if ((await project.git.find(`refs/heads/${branch}`)) === undefined) return refuse(404, '404 Branch Not Found');
  if (project.protectedBranches.includes(branch))
    return refuse(403, "403 Forbidden - Protected branch can't be removed");
  await project.git.run('update-ref', '-d', `refs/heads/${branch}`);
  return { status: 204 };
};

const compare: Handler = async ({ query, world }, project) => {
  const [from, to] = [await project.git.find(query.get('from') ?? ''), await project.git.find(query.get('to') ?? '')];
  if (from === undefined || to === undefined) return refuse(404, '404 Ref Not Found');
  const commits = await project.git.commits(`${from}..${to}`);
  const answers = commits.map((commit) => commitAnswer(world, commit, project));
  return {
    status: 200,
    body: { commit: answers.at(-1) ?? null, commits: answers, diffs: [], compare_same_ref: from === to },
  };
};

const mergeBase: Handler = async ({ query, world }, project) => {
  const refs = await Promise.all(query.getAll('refs[]').map((ref) => project.git.find(ref)));
  const [one, other] = refs;
  if (one === undefined || other === undefined) return refuse(404, '404 Could not find ref');
  const base = await project.git.run('merge-base', one, other);
  const facts = (await project.git.commits(base)).at(-1);
  return facts === undefined
    ? refuse(404, '404 Merge Base Not Found')
    : { status: 200, body: commitAnswer(world, facts, project) };
};

const listMergeRequests: Handler = (call, project) => {
  const { query, world } = call;
  const found = project.mergeRequests
    .filter(({ state }) => !query.has('state') || query.get('state') === 'all' || state === query.get('state'))
    .filter(({ sourceBranch }) => !query.has('source_branch') || sourceBranch === query.get('source_branch'))
    .filter(({ targetBranch }) => !query.has('target_branch') || targetBranch === query.get('target_branch'));
  const ordered = query.get('sort') === 'asc' ? found : found.reverse();
  return page(
    ordered.map((one) => mergeRequestAnswer(world, one, project)),
    query,
    world.url,
  );
};

const readMergeRequest: Handler = (call, project) => {
  const one = find(project.mergeRequests, call);
  return one === undefined
    ? refuse(404, '404 Not found')
    : { status: 200, body: fullMergeRequestAnswer(call.world, one, project) };
};

const createMergeRequest: Handler = async ({ body, token, world }, project) => {
  const sourceBranch = String(body['source_branch']);
  const targetBranch = String(body['target_branch']);
  const sha = await project.git.find(`refs/heads/${sourceBranch}`);
  if (sha === undefined) return refuse(400, { source_branch: ['does not exist'] });
  const open = project.mergeRequests.find((one) => one.state === 'opened' && one.sourceBranch === sourceBranch);
  if (open?.targetBranch === targetBranch) {
    return refuse(409, [`Another open merge request already exists for this source branch: !${open.iid}`]);
  }
  const one = addMergeRequest(world, project, { by: token.user, source: project, sourceBranch, targetBranch, sha });
  one.title = String(body['title']);
  one.description = text(body['description']) ?? null;
  return { status: 201, body: fullMergeRequestAnswer(world, one, project) };
};

export interface MergeRequestFacts {
  readonly by: User;
  readonly source: ProjectState;
  readonly sourceBranch: string;
  readonly targetBranch: string;
  readonly sha: string;
}

/** Puts a merge request in its place. */
export function addMergeRequest(world: World, project: ProjectState, facts: MergeRequestFacts): MergeRequest {
  const { by, ...branches } = facts;
  const one: MergeRequest = {
    ...branches,
    id: world.nextId(),
    iid: project.mergeRequests.length + 1,
    author: by,
    createdAt: world.now(),
    title: '',
    description: null,
    state: 'opened',
    closedBy: null,
    labels: [],
    assignees: [],
    notes: [],
    reviewers: [],
    autoMerge: false,
    hasPipeline: false,
    mergedBy: null,
    hasConflict: false,
  };
  project.mergeRequests.push(one);
  return one;
}

const editMergeRequest: Handler = (call, project) => {
  const { body, world } = call;
  const one = find(project.mergeRequests, call);
  if (one === undefined) return refuse(404, '404 Not found');
  applyEdit(one, call);
  one.targetBranch = text(body['target_branch']) ?? one.targetBranch;
  one.labels = [...new Set([...one.labels, ...words(body['add_labels'])])];
  const people = (value: unknown): User[] => {
    const users = world.users.filter(({ id }) => numbers(value).includes(id));
    return project.hasManyReviewers ? users : users.slice(0, 1);
  };
  if ('reviewer_ids' in body) one.reviewers = people(body['reviewer_ids']);
  if ('assignee_ids' in body) one.assignees = people(body['assignee_ids']);
  return { status: 200, body: fullMergeRequestAnswer(world, one, project) };
};

/** Title, description and state, as issues and merge requests have them; GitLab notes a change of the title. */
function applyEdit(one: Thread, { body, token, world }: Call): void {
  const { title, description, state_event: event } = body;
  if (text(title) !== undefined && title !== one.title) {
    const note = `changed title from ${one.title} to ${title}`;
    one.notes.push({ id: world.nextId(), author: token.user, body: note, createdAt: world.now(), isSystem: true });
  }
  one.title = text(title) ?? one.title;
  one.description = text(description) ?? one.description;
  if (event === 'close' && one.state === 'opened') {
    one.state = 'closed';
    one.closedBy = token.user;
  }
  if (event === 'reopen' && one.state === 'closed') {
    one.state = 'opened';
    one.closedBy = null;
  }
}

const commits: Handler = async (call, project) => {
  const one = find(project.mergeRequests, call);
  if (one === undefined) return refuse(404, '404 Not found');
  const found = await project.git.commits(`refs/heads/${one.targetBranch}..${one.sha}`);
  // The newest first.
  return page(
    found.reverse().map((commit) => commitAnswer(call.world, commit, project)),
    call.query,
    call.world.url,
  );
};

const accept: Handler = (call, project) => {
  const one = find(project.mergeRequests, call);
  if (one === undefined) return refuse(404, '404 Not found');
  if ((project.members.get(call.token.user.username) ?? 0) < 40) return refuse(401, '401 Unauthorized');
  if (one.state !== 'opened' || isDraft(one) || one.hasConflict) return refuse(405, '405 Method Not Allowed');
  one.autoMerge = call.body['auto_merge'] === true;
  return { status: 200, body: fullMergeRequestAnswer(call.world, one, project) };
};

const cancel: Handler = (call, project) => {
  const one = find(project.mergeRequests, call);
  if (one === undefined) return refuse(404, '404 Not found');
  if (!one.autoMerge) return refuse(406, 'Merge request is not set to be merged when the pipeline succeeds');
  one.autoMerge = false;
  return { status: 201, body: { status: 'success' } };
};

const listNotes =
  (threads: (project: ProjectState) => readonly Thread[]): Handler =>
  (call, project) => {
    const thread = find(threads(project), call);
    if (thread === undefined) return refuse(404, '404 Not found');
    const answers = thread.notes.map((note) => noteAnswer(call.world, note, thread, project));
    return page(call.query.get('sort') === 'asc' ? answers : answers.reverse(), call.query, call.world.url);
  };

const createNote =
  (threads: (project: ProjectState) => readonly Thread[]): Handler =>
  (call, project) => {
    const { body, token, world } = call;
    const thread = find(threads(project), call);
    if (thread === undefined) return refuse(404, '404 Not found');
    const facts = { author: token.user, body: String(body['body']), createdAt: world.now(), isSystem: false };
    const note = { id: world.nextId(), ...facts };
    thread.notes.push(note);
    return { status: 201, body: noteAnswer(world, note, thread, project) };
  };

const listIssues: Handler = ({ query, world }, project) => {
  const wanted = words(query.get('labels'));
  const found = project.issues
    .filter(({ state }) => !query.has('state') || state === query.get('state'))
    .filter(({ labels }) => wanted.every((label) => labels.includes(label)));
  const ordered = query.get('sort') === 'asc' ? found : found.reverse();
  return page(
    ordered.map((one) => issueAnswer(world, one, project)),
    query,
    world.url,
  );
};

const createIssue: Handler = ({ body, token, world }, project) => {
  if (!project.hasIssues) return refuse(403, '403 Forbidden');
  const one: Thread = {
    id: world.nextId(),
    iid: project.issues.length + 1,
    author: token.user,
    createdAt: world.now(),
    title: String(body['title']),
    description: text(body['description']) ?? null,
    state: 'opened',
    closedBy: null,
    labels: words(body['labels']),
    assignees: [],
    notes: [],
  };
  project.issues.push(one);
  return { status: 201, body: issueAnswer(world, one, project) };
};

const editIssue: Handler = (call, project) => {
  const one = find(project.issues, call);
  if (one === undefined) return refuse(404, '404 Issue Not Found');
  applyEdit(one, call);
  return { status: 200, body: issueAnswer(call.world, one, project) };
};

const createStatus: Handler = async ({ params, body }, project) => {
  const sha = params['SHA'] ?? '';
  if ((await project.git.find(sha)) === undefined) return refuse(404, '404 Commit Not Found');
  const status = {
    sha,
    name: text(body['name']) ?? 'default',
    state: String(body['state']),
    description: text(body['description']) ?? null,
  };
  project.statuses.push(status);
  return { status: 201, body: { id: 1, ...status } };
};

const readProject: Handler = ({ token }, project) => {
  const level = project.members.get(token.user.username);
  return {
    status: 200,
    body: {
      id: project.id,
      path_with_namespace: project.path,
      default_branch: project.defaultBranch,
      visibility: project.isPrivate ? 'private' : 'public',
      archived: project.isArchived,
      issues_enabled: project.hasIssues,
      merge_requests_enabled: true,
      permissions: {
        project_access: level === undefined ? null : { access_level: level, notification_level: 3 },
        group_access: null,
      },
    },
  };
};

/** Routes that are about no project. */
export const plainHandlers: Readonly<Record<string, (call: Call) => Answer>> = {
  'GET /user': ({ token, world }) => ({
    status: 200,
    body: { ...userAnswer(world, token.user), bot: token.user.isBot, created_at: '2026-01-01T00:00:00.000Z' },
  }),
  'GET /users': ({ query, world }) => ({
    status: 200,
    body: world.users
      .filter(({ username }) => username === query.get('username'))
      .map((user) => userAnswer(world, user)),
  }),
};

const mergeRequests = (project: ProjectState): readonly Thread[] => project.mergeRequests;
const issues = (project: ProjectState): readonly Thread[] => project.issues;

export const projectHandlers: Readonly<Record<string, Handler>> = {
  'GET /projects/:id': readProject,
  'GET /projects/:id/repository/branches/BRANCH': readBranch,
  'DELETE /projects/:id/repository/branches/BRANCH': deleteBranch,
  'GET /projects/:id/repository/compare': compare,
  'GET /projects/:id/repository/merge_base': mergeBase,
  'GET /projects/:id/merge_requests': listMergeRequests,
  'POST /projects/:id/merge_requests': createMergeRequest,
  'GET /projects/:id/merge_requests/IID': readMergeRequest,
  'PUT /projects/:id/merge_requests/IID': editMergeRequest,
  'GET /projects/:id/merge_requests/IID/commits': commits,
  'PUT /projects/:id/merge_requests/IID/merge': accept,
  'POST /projects/:id/merge_requests/IID/cancel_merge_when_pipeline_succeeds': cancel,
  'GET /projects/:id/merge_requests/IID/notes': listNotes(mergeRequests),
  'POST /projects/:id/merge_requests/IID/notes': createNote(mergeRequests),
  'GET /projects/:id/issues': listIssues,
  'POST /projects/:id/issues': createIssue,
  'PUT /projects/:id/issues/IID': editIssue,
  'GET /projects/:id/issues/IID/notes': listNotes(issues),
  'POST /projects/:id/issues/IID/notes': createNote(issues),
  'POST /projects/:id/statuses/SHA': createStatus,
};
