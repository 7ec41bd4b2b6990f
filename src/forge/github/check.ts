import { defined } from '../../core/defined.ts';
import { isForgeError } from '../errors.ts';
import type { CheckReport } from '../types.ts';
import type { GitHubSession } from './session.ts';

/** What GitHub takes as the description of a commit status. */
const longestDescription = 140;

/** Reports a check run, with its summary; a token that is no GitHub App's leaves a commit status, with the title alone. */
export async function reportCheck(session: GitHubSession, report: CheckReport): Promise<void> {
  try {
    await createCheckRun(session, report);
  } catch (error) {
    if (!isForgeError(error, 'missing-permission') || !/GitHub App/.test(error.details.said ?? '')) throw error;
    await createStatus(session, report);
  }
}

function createCheckRun({ octokit, at, ask }: GitHubSession, report: CheckReport): Promise<void> {
  const { commit, name, conclusion, title, summary, url } = report;
  const run = {
    ...at,
    name,
    head_sha: commit,
    status: 'completed' as const,
    conclusion,
    output: { title, summary },
    ...defined({ details_url: url }),
    request: { retries: 0 },
  };
  return ask(
    'POST /check-runs',
    () => octokit.rest.checks.create(run),
    () => undefined,
  );
}

function createStatus({ octokit, at, ask }: GitHubSession, report: CheckReport): Promise<void> {
  const { commit, name, conclusion, title, url } = report;
  const status = {
    ...at,
    sha: commit,
    context: name,
    // A status knows no neutral.
    state: conclusion === 'failure' ? ('failure' as const) : ('success' as const),
    description: title.slice(0, longestDescription),
    ...defined({ target_url: url }),
  };
  return ask(
    `POST /statuses/${commit}`,
    () => octokit.rest.repos.createCommitStatus(status),
    () => undefined,
  );
}
