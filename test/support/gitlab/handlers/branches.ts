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

interface Action {
  readonly action: string;
  readonly file_path: string;
  readonly content?: string;
  readonly encoding?: string;
}

/** GitLab's documentation, "Commits API", "Create a commit with multiple files and actions". */
const commit: Handler = async ({ body, token, world }, project) => {
  const branch = String(body['branch']);
  const tip = await project.git.find(`refs/heads/${branch}`);
  if (tip === undefined) return refuse(400, 'You can only create or edit files when you are on a branch');
  if (project.protectedBranches.includes(branch)) return refuse(400, 'You are not allowed to push into this branch');
  const changes: Record<string, string | null> = {};
  for (const { action, file_path: path, content = '', encoding = 'text' } of body['actions'] as readonly Action[]) {
    const isThere = (await project.git.read(tip, path)) !== undefined;
    if (action === 'create' && isThere) return refuse(400, 'A file with this name already exists');
    if (action !== 'create' && !isThere) return refuse(400, "A file with this name doesn't exist");
    const text = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8').toString();
    changes[path] = action === 'delete' ? null : text;
  }
  const { username } = token.user;
  const author = { name: username, email: `${username}@example.com`, date: world.now() };
  const sha = await project.git.commit(branch, changes, String(body['commit_message']), author);
  const facts = (await project.git.commits(sha)).at(-1);
  if (facts === undefined) throw new Error('git does not show a commit that it has');
  return { status: 201, body: commitAnswer(world, facts, project) };
};

export const branchHandlers: Handlers = {
  'GET /projects/:id/repository/compare': compare,
  'GET /projects/:id/repository/merge_base': mergeBase,
  'POST /projects/:id/repository/commits': commit,
};
