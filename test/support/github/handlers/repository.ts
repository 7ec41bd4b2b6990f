import type { Answer } from '../../forge/exchange.ts';
import { commitAnswer, referenceAnswer } from '../answers/commit.ts';
import { fullRepositoryAnswer } from '../answers/repository.ts';
import { notFound, page, refusal } from '../exchange.ts';
import { covers, permissionsOf } from '../rights.ts';
import type { Handler, Handlers } from './handler.ts';

const read: Handler = ({ token }, repository, { world }) => {
  const isCovered = covers(token, repository);
  const push = isCovered && permissionsOf(token)['contents'] === 'write';
  const admin = isCovered && token.user.login === repository.owner.login;
  return { status: 200, body: fullRepositoryAnswer(world, repository, { push, admin }) };
};

const readRef: Handler = async ({ params }, repository, { world }) => {
  const ref = `refs/${params['ref']}`;
  if ((await repository.git.run('for-each-ref', '--count=1')) === '') return refusal(409, 'Git Repository is empty.');
  const sha = await repository.git.find(ref);
  return sha === undefined ? notFound : { status: 200, body: referenceAnswer(world, ref, sha, repository) };
};

const deleteRef: Handler = async ({ params }, repository) => {
  const ref = `refs/${params['ref']}`;
  const branch = ref.replace(/^refs\/heads\//, '');
  if ((await repository.git.find(ref)) === undefined) return refusal(422, 'Reference does not exist');
  if (repository.settings.protectedBranches.includes(branch))
    return refusal(422, 'Cannot delete this protected branch');
  await repository.git.run('update-ref', '-d', ref);
  return { status: 204 };
};

const compare: Handler = async (call, repository, { world }): Promise<Answer> => {
  const [from = '', to = ''] = String(call.params['basehead']).split('...');
  const [base, head] = [await repository.git.find(from), await repository.git.find(to)];
  if (base === undefined || head === undefined) return notFound;
  const mergeBase = await repository.git.run('merge-base', base, head);
  const [behind = 0, ahead = 0] = (await repository.git.run('rev-list', '--left-right', '--count', `${base}...${head}`))
    .split('\t')
    .map(Number);
  const diverged = ahead > 0 && behind > 0 ? 'diverged' : ahead > 0 ? 'ahead' : behind > 0 ? 'behind' : 'identical';
  const commits = await repository.git.commits(`${base}..${head}`);
  const [baseFacts, mergeBaseFacts] = await Promise.all(
    [base, mergeBase].map(async (commit) => (await repository.git.commits(commit)).at(-1)),
  );
  if (baseFacts === undefined || mergeBaseFacts === undefined)
    throw new Error('git does not show a commit that it has');
  const path = `${repository.fullName}/compare/${from}...${to}`;
  const url = `${world.apiUrl}/repos/${path}`;
  const html = `${world.serverUrl}/${path}`;
  const { body, headers } = page(
    commits.map((commit) => commitAnswer(world, commit, repository)),
    call,
    url,
  );
  return {
    status: 200,
    headers: headers ?? {},
    body: {
      url,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitAnswer(world, baseFacts, repository),
      merge_base_commit: commitAnswer(world, mergeBaseFacts, repository),
      status: diverged,
      ahead_by: ahead,
      behind_by: behind,
      total_commits: commits.length,
      commits: body,
      files: [],
    },
  };
};

export const repositoryHandlers: Handlers = {
  'GET /repos/{owner}/{repo}': read,
  'GET /repos/{owner}/{repo}/git/ref/{ref}': readRef,
  'DELETE /repos/{owner}/{repo}/git/refs/{ref}': deleteRef,
  'GET /repos/{owner}/{repo}/compare/{basehead}': compare,
};
