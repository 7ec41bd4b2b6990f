import { commitAnswer } from '../answers.ts';
import { refuse } from '../exchange.ts';
import { type Handler, type Handlers, text } from './handler.ts';

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

export const branchHandlers: Handlers = {
  'GET /projects/:id/repository/branches/BRANCH': readBranch,
  'DELETE /projects/:id/repository/branches/BRANCH': deleteBranch,
  'GET /projects/:id/repository/compare': compare,
  'GET /projects/:id/repository/merge_base': mergeBase,
  'POST /projects/:id/statuses/SHA': createStatus,
};
