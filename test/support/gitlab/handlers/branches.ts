import { commitAnswer } from '../answers.ts';
import { refuse } from '../exchange.ts';
import type { Handler, Handlers } from './handler.ts';

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

export const branchHandlers: Handlers = {
  'GET /projects/:id/repository/compare': compare,
  'GET /projects/:id/repository/merge_base': mergeBase,
};
