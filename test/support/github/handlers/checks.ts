import { checkRunAnswer, statusAnswer } from '../answers/check.ts';
import { refusal } from '../exchange.ts';
import { type Handler, type Handlers, textOf } from './handler.ts';

const createRun: Handler = async ({ body }, repository, { world }) => {
  const commit = String(body['head_sha']);
  // GitHub's answer here; its description has none for it.
  if ((await repository.git.find(commit)) === undefined) return refusal(404, `No commit found for SHA: ${commit}`);
  const output = { title: null, summary: null, ...Object(body['output']) };
  const run = {
    id: world.nextId(),
    name: String(body['name']),
    commit,
    status: textOf(body['status']) ?? 'queued',
    conclusion: textOf(body['conclusion']) ?? null,
    title: textOf(output.title) ?? null,
    summary: textOf(output.summary) ?? null,
    url: textOf(body['details_url']) ?? null,
  };
  repository.checkRuns.push(run);
  return { status: 201, body: checkRunAnswer(world, run, repository) };
};

const createStatus: Handler = ({ token, params, body }, repository, { world }) => {
  const status = {
    id: world.nextId(),
    commit: String(params['sha']),
    context: textOf(body['context']) ?? 'default',
    state: String(body['state']),
    description: textOf(body['description']) ?? null,
  };
  repository.statuses.push(status);
  return { status: 201, body: statusAnswer(world, status, token.user, repository) };
};

export const checkHandlers: Handlers = {
  'POST /repos/{owner}/{repo}/check-runs': createRun,
  'POST /repos/{owner}/{repo}/statuses/{sha}': createStatus,
};
