import { keepIssue, settleIssue } from '../forge/marked.ts';
import type { Forge, Issue } from '../forge/types.ts';
import { type Verified, verifyText } from './verify-text.ts';

const key = 'drift';
const label = 'mirrorlock';
const title = 'mirrorlock: the mirror differs from the lockfile';
const settled = 'All that the lockfile names is at every destination again.';

export interface KeptIssue {
  readonly done: 'opened' | 'updated' | 'left' | 'closed' | 'none';
  readonly issue?: Issue;
}

/**
 * Sees to it that one issue tells of what differs: opens it, brings it up to date, leaves it alone where it says the same
 * already, and closes it with a comment once nothing differs. What differs anew gets an issue of its own.
 */
export async function keepDriftIssue(forge: Forge, results: readonly Verified[]): Promise<KeptIssue> {
  if (results.some(({ drift }) => drift.length > 0)) {
    return keepIssue(forge, { key, label, title, body: issueBody(results) });
  }
  const issue = await settleIssue(forge, key, label, settled);
  return issue === undefined ? { done: 'none' } : { done: 'closed', issue };
}

function issueBody(results: readonly Verified[]): string {
  return results.map(({ destination, tags, drift }) => verifyText(destination.name, tags, drift)).join('\n');
}
