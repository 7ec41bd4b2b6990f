import { code } from '../core/markdown/inline.ts';
import { joinMarkdown, md } from '../core/markdown/markdown.ts';
import { keepIssue, settleIssue } from '../forge/marked.ts';
import type { Forge, Issue } from '../forge/types.ts';
import { lockfileName } from '../lock/file.ts';
import { summarizeDrift } from '../review/summary.ts';
import { driftAt, type Verified } from './verify-text.ts';

/** GitHub takes 65,536 characters. */
const longestBody = 60_000;
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
  const hasBroken = results.some(({ drift }) => drift.some(({ kind }) => kind === 'broken'));
  const remedy = hasBroken ? 'mirrorlock apply --deep' : 'mirrorlock apply';
  const parts = [
    md`What is at the destinations is not what ${code(lockfileName)} says.`,
    summarizeDrift(driftAt(results), longestBody),
    md`${code(remedy)} puts it right${hasBroken ? md`` : md`, as a run of the workflow that applies does`}. This text is kept up to date, and the issue is closed once nothing differs.`,
  ];
  return joinMarkdown(parts, '\n\n');
}
