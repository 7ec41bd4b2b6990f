import type { Answer } from '../../forge/exchange.ts';
import { fullPullAnswer, pullAnswer } from '../answers/pull.ts';
import { type Call, invalid, notFound, page, refusal } from '../exchange.ts';
import { haveCommonHistory, isAncestor, keepHead } from '../refresh.ts';
import { type Pull, pullsOf, type RepositoryState } from '../state.ts';
import { type Handler, type HandlerContext, type Handlers, listOf, textOf, threadOf } from './handler.ts';

const list: Handler = (call, repository, { world }) => {
  const { head, base, state = 'open', direction } = call.query;
  const found = pullsOf(repository)
    .filter((pull) => state === 'all' || pull.isOpen === (state === 'open'))
    .filter((pull) => head === undefined || `${pull.headOwner}:${pull.headBranch}` === head)
    .filter((pull) => base === undefined || pull.base === base);
  const ordered = direction === 'desc' ? found.reverse() : found;
  const url = `${world.apiUrl}/repos/${repository.fullName}/pulls`;
  return page(
    ordered.map((pull) => pullAnswer(world, pull, repository)),
    call,
    url,
  );
};

function pullOf(call: Call, repository: RepositoryState): Pull | undefined {
  const thread = threadOf(call, repository);
  return thread?.kind === 'pull' ? thread : undefined;
}

const read: Handler = (call, repository, { world }) => {
  const pull = pullOf(call, repository);
  return pull === undefined ? notFound : { status: 200, body: fullPullAnswer(world, pull, repository) };
};

/** What is being opened in each repository. */
const opening = new WeakMap<RepositoryState, Promise<unknown>>();

/** Opens one pull request after another, as GitHub does: of two of the same branch at once, one exists already. */
const create: Handler = async (call, repository, context) => {
  const before = opening.get(repository);
  const mine = (async () => {
    await before?.catch(() => undefined);
    return createOne(call, repository, context);
  })();
  opening.set(repository, mine);
  return mine;
};

const createOne: Handler = async (call, repository, context) => {
  const { world } = context;
  const { token, body } = call;
  const head = String(body['head']).replace(`${repository.owner.login}:`, '');
  const base = String(body['base']);
  if (token.kind === 'actions' && !repository.settings.actionsMayOpenPulls) {
    return refusal(403, 'GitHub Actions is not permitted to create or approve pull requests.');
  }
  const title = textOf(body['title']) ?? '';
  const wrong = await whatIsWrong(repository, { head, base, title });
  if (wrong !== undefined) return wrong;
  const headCommit = await repository.git.find(`refs/heads/${head}`);
  const pull = await addPull(repository, context, {
    by: token.user.login,
    title,
    body: textOf(body['body']) ?? null,
    head: { repository, branch: head, commit: headCommit ?? '' },
    base,
    isDraft: body['draft'] === true,
  });
  const location = `${world.apiUrl}/repos/${repository.fullName}/pulls/${pull.number}`;
  return { status: 201, body: fullPullAnswer(world, pull, repository), headers: { location } };
};

/** GitHub's reasons not to open a pull request. */
async function whatIsWrong(
  repository: RepositoryState,
  { head, base, title }: { readonly head: string; readonly base: string; readonly title: string },
): Promise<Answer | undefined> {
  const field = (name: string) => ({ resource: 'PullRequest', field: name, code: 'invalid' });
  const custom = (message: string) => ({ resource: 'PullRequest', code: 'custom', message });
  const [headCommit, baseCommit] = [
    await repository.git.find(`refs/heads/${head}`),
    await repository.git.find(`refs/heads/${base}`),
  ];
  if (headCommit === undefined) return invalid(field('head'));
  if (baseCommit === undefined) return invalid(field('base'));
  if (title === '') return invalid({ resource: 'PullRequest', code: 'missing_field', field: 'title' });
  const isOpen = (pull: Pull): boolean => pull.isOpen && pull.headBranch === head && pull.base === base;
  if (pullsOf(repository).some(isOpen)) {
    return invalid(custom(`A pull request already exists for ${repository.owner.login}:${head}.`));
  }
  if (!(await haveCommonHistory(repository, headCommit, baseCommit))) {
    return invalid(custom(`The ${base} branch has no history in common with ${head}`));
  }
  if (await isAncestor(repository, headCommit, baseCommit)) {
    return invalid(custom(`No commits between ${base} and ${head}`));
  }
  return undefined;
}

export interface PullFacts {
  readonly by: string;
  readonly title: string;
  readonly body: string | null;
  readonly head: { readonly repository: RepositoryState; readonly branch: string; readonly commit: string };
  readonly base: string;
  readonly isDraft: boolean;
}

/** Puts a pull request in its place, opened by a token or, from a fork, by somebody. */
export async function addPull(
  repository: RepositoryState,
  { world }: Pick<HandlerContext, 'world'>,
  { by, title, body, head, base, isDraft }: PullFacts,
): Promise<Pull> {
  const createdAt = world.now();
  const number = repository.threads.length + 1;
  const pull: Pull = {
    kind: 'pull',
    id: world.nextId(),
    nodeId: `PR_${repository.id}_${number}`,
    number,
    user: world.user(by),
    title,
    body,
    isOpen: true,
    createdAt,
    updatedAt: createdAt,
    closedAt: null,
    closedBy: null,
    labels: [],
    assignees: [],
    comments: [],
    head: head.repository,
    headOwner: head.repository.owner.login,
    headBranch: head.branch,
    headCommit: head.commit,
    base,
    baseCommit: (await repository.git.find(`refs/heads/${base}`)) ?? '',
    isDraft,
    reviewers: [],
    teams: [],
    autoMerge: null,
    mergedAt: null,
    mergedBy: null,
    mergeCommit: null,
    isMergeable: null,
  };
  repository.threads.push(pull);
  await keepHead(pull, repository);
  pull.isMergeable = await repository.git.isMergeable(pull.baseCommit, pull.headCommit);
  return pull;
}

const update: Handler = (call, repository, { world }) => {
  const pull = pullOf(call, repository);
  if (pull === undefined) return notFound;
  const { title, body, state, base } = call.body;
  if (state === 'open' && pull.mergedAt !== null) {
    return invalid({ resource: 'PullRequest', field: 'state', code: 'invalid' });
  }
  pull.title = textOf(title) ?? pull.title;
  pull.body = textOf(body) ?? pull.body;
  pull.base = textOf(base) ?? pull.base;
  if (state !== undefined) setOpen(pull, state === 'open', call, world.now());
  pull.updatedAt = world.now();
  return { status: 200, body: fullPullAnswer(world, pull, repository) };
};

function setOpen(pull: Pull, isOpen: boolean, { token }: Call, now: string): void {
  if (pull.isOpen === isOpen) return;
  pull.isOpen = isOpen;
  pull.closedAt = isOpen ? null : now;
  pull.closedBy = isOpen ? null : token.user;
}

const requestReviewers: Handler = (call, repository, { world }) => {
  const pull = pullOf(call, repository);
  if (pull === undefined) return notFound;
  const { collaborators, teams } = repository.settings;
  const people = listOf(call.body['reviewers']);
  const slugs = listOf(call.body['team_reviewers']);
  const isKnown = people.every((login) => collaborators.includes(login)) && slugs.every((slug) => teams.includes(slug));
  if (people.includes(pull.user.login)) return refusal(422, 'Review cannot be requested from pull request author.');
  if (!isKnown) {
    return refusal(
      422,
      'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.',
    );
  }
  pull.reviewers = [...new Set([...pull.reviewers, ...people.map((login) => world.user(login))])];
  pull.teams = [...new Set([...pull.teams, ...slugs])];
  return { status: 201, body: pullAnswer(world, pull, repository) };
};

export const pullHandlers: Handlers = {
  'GET /repos/{owner}/{repo}/pulls': list,
  'POST /repos/{owner}/{repo}/pulls': create,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': read,
  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': update,
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': requestReviewers,
};
