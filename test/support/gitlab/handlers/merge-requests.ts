import { fullMergeRequestAnswer, isDraft, mergeRequestAnswer } from '../answers.ts';
import { page, refuse } from '../exchange.ts';
import type { MergeRequest, ProjectState, User, World } from '../state.ts';
import { applyEdit, find, type Handler, type Handlers, numbers, text, words } from './handler.ts';

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

export const mergeRequestHandlers: Handlers = {
  'GET /projects/:id/merge_requests': listMergeRequests,
  'POST /projects/:id/merge_requests': createMergeRequest,
  'GET /projects/:id/merge_requests/IID': readMergeRequest,
  'PUT /projects/:id/merge_requests/IID': editMergeRequest,
  'PUT /projects/:id/merge_requests/IID/merge': accept,
  'POST /projects/:id/merge_requests/IID/cancel_merge_when_pipeline_succeeds': cancel,
};
