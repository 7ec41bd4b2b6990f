import type { Answer } from '../../forge/exchange.ts';
import { commitAnswer } from '../answers/commit.ts';
import { fullRepositoryAnswer } from '../answers/repository.ts';
import { notFound, page } from '../exchange.ts';
import { covers, permissionsOf } from '../rights.ts';
import type { Handler, Handlers } from './handler.ts';

const read: Handler = ({ token }, repository, { world }) => {
  const isCovered = covers(token, repository);
  const push = isCovered && permissionsOf(token)['contents'] === 'write';
  const admin = isCovered && token.user.login === repository.owner.login;
  return { status: 200, body: fullRepositoryAnswer(world, repository, { push, admin }) };
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
  'GET /repos/{owner}/{repo}/compare/{basehead}': compare,
};
