import { defined } from '../core/defined.ts';
import { inFolder } from '../core/folder-slug.ts';
import type { Problem } from '../core/problem.ts';
import { type ForgeErrorKind, isForgeError } from '../forge/errors.ts';
import { commentOnce, openIssueOnce, settleIssues } from '../forge/hidden-markers.ts';
import type { Forge, Issue } from '../forge/types.ts';
import type { Step } from './types.ts';

/** What people see of a wait. */
export interface Signed {
  readonly isNew: boolean;
  readonly issue?: Issue;
  /** Why there is neither a comment nor an issue. */
  readonly unsigned?: Problem;
}

interface SignPlace {
  readonly forge: Forge;
  /** Mirrors of one git repository are told apart by it. */
  readonly prefix: string;
}

type SignStep = Extract<Step, { do: 'comment' | 'issue' }>;

const issuesOf = (prefix: string) => ({ kind: inFolder('waits', prefix, '.'), label: 'mirrorlock' });
const goesOn = 'This is over: mirrorlock goes on.';
const title = 'mirrorlock: update waits for somebody';

/** How a forge refuses a comment or an issue for good. */
const refusals: readonly ForgeErrorKind[] = [
  'missing-permission',
  'not-found',
  'validation',
  'disabled',
  'conflict',
  'archived',
];

/** Puts the sign of a wait once: a comment, or where that cannot be had an issue. Throws ForgeErrors that are no refusal. */
export async function putSign({ forge, prefix }: SignPlace, step: SignStep): Promise<Signed> {
  if (step.do === 'comment') {
    const subject = { kind: 'proposal', number: step.number } as const;
    const isNew = await unlessRefused(() => commentOnce(forge, subject, { key: step.key, body: step.text }));
    if (typeof isNew === 'boolean') return { isNew };
  }
  const issue =
    step.do === 'issue' ? step : { ...step, title, text: `About the pull request ${step.number}:\n\n${step.text}` };
  const { key, text: body } = issue;
  const put = await unlessRefused(() => openIssueOnce(forge, issuesOf(prefix), { key, title: issue.title, body }));
  return 'said' in put ? { isNew: false, unsigned: noSign(put.said) } : put;
}

/** Closes the issues of waits that are over; `step` is the sign of the wait that goes on. Gives whether it wrote. */
export async function settleSigns({ forge, prefix }: SignPlace, step: SignStep | undefined): Promise<boolean> {
  const settled = await unlessRefused(() => settleIssues(forge, issuesOf(prefix), goesOn, step?.key));
  return settled === true;
}

async function unlessRefused<Result>(
  work: () => Promise<Result>,
): Promise<Result | { readonly said: string | undefined }> {
  try {
    return await work();
  } catch (error) {
    if (!isForgeError(error, ...refusals)) throw error;
    return { said: error.problems[0]?.message };
  }
}

function noSign(said: string | undefined): Problem {
  const message = 'The bot waits for somebody, and could say so neither in a comment nor in an issue.';
  const hint = 'Give the token issues: write, and switch issues on: until then the exit code is 3.';
  return { code: 'update/no-sign', severity: 'warning', message, ...defined({ value: said }), hint };
}
