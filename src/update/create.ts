import type { Problem } from '../core/problem.ts';
import { type Dress, dressProposal } from '../forge/dress.ts';
import { isForgeError } from '../forge/errors.ts';
import { buildCommit } from '../forge/git/commit.ts';
import { deleteBranch, pushCommit } from '../forge/git/push.ts';
import { commitDate } from '../forge/git/read.ts';
import { commentOnce } from '../forge/marked.ts';
import type { Proposal } from '../forge/types.ts';
import { bot } from './identity.ts';
import type { Place } from './situation.ts';
import type { Change, Decision, Situation, Step } from './types.ts';

export interface CreateOptions {
  readonly dress: Dress;
  readonly isDraft: boolean;
}

/** What was written. */
export interface Created {
  readonly proposal: Proposal | undefined;
  /** The commit that was pushed. */
  readonly commit: string | undefined;
  /** Another bot was faster: what it did counts. */
  readonly wasLate: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Carries out a decision. What was done before an interruption is not done twice by the next run. Where another bot, or a
 * person, was faster, nothing more is written.
 *
 * @throws ForgeError for all that is no lost race
 */
export async function create(
  place: Place,
  situation: Situation,
  decision: Decision,
  options: CreateOptions,
): Promise<Created> {
  let proposal = situation.open[0];
  let commit: string | undefined;
  try {
    for (const step of decision.steps) {
      if (step.do === 'push') commit = await push(place, situation);
      else proposal = (await write(place, situation, step, options)) ?? proposal;
    }
  } catch (error) {
    if (!isForgeError(error, 'push-stale', 'exists')) throw error;
    return { proposal, commit, wasLate: true, problems: [] };
  }
  const problems =
    proposal === undefined || !isToDress(decision, proposal, options.dress)
      ? []
      : await dressProposal(place.forge, proposal, options.dress);
  return { proposal, commit, wasLate: false, problems };
}

async function push({ git, remote, base, branch, temporaryDirectory }: Place, situation: Situation): Promise<string> {
  const { files, title } = changeOf(situation);
  const date = await commitDate(git, base.tip);
  const plan = { base: base.tip, files, message: title, author: bot, date, temporaryDirectory };
  const built = await buildCommit(git, plan);
  if (built === undefined) throw new Error('a change that changes nothing was to be pushed');
  const expected = situation.branch?.tip ?? 'absent';
  await pushCommit(git, remote, { commit: built.commit, ref: `refs/heads/${branch}`, expected });
  return built.commit;
}

async function write(
  { git, remote, forge, base, branch }: Place,
  situation: Situation,
  step: Exclude<Step, { do: 'push' }>,
  { isDraft }: CreateOptions,
): Promise<Proposal | undefined> {
  switch (step.do) {
    case 'open': {
      const { title, body } = changeOf(situation);
      return forge.openProposal({ head: branch, base: base.branch, title, body, isDraft });
    }
    case 'edit': {
      const { title, body } = changeOf(situation);
      return forge.editProposal(step.number, { title, body });
    }
    case 'comment':
      await commentOnce(forge, { kind: 'proposal', number: step.number }, { key: step.key, body: step.text });
      return undefined;
    case 'close':
      await commentOnce(forge, { kind: 'proposal', number: step.number }, { key: step.key, body: step.text });
      await forge.closeProposal(step.number);
      return undefined;
    case 'delete-branch':
      if (situation.branch !== undefined) await deleteBranch(git, remote, branch, situation.branch.tip);
      return undefined;
  }
}

function changeOf({ change }: Situation): Change {
  if (change === undefined) throw new Error('a step was decided that needs a change, and there is none');
  return change;
}

/** A new proposal is dressed; so is one that wears nothing yet, since a run may have ended before. What people took off stays off. */
function isToDress({ steps }: Decision, { labels, assignees, reviewers }: Proposal, dress: Dress): boolean {
  if (steps.some((step) => step.do === 'open')) return true;
  if (steps.some((step) => step.do === 'close' || step.do === 'comment')) return false;
  const wanted = [...dress.labels, ...dress.assignees, ...dress.reviewers];
  return wanted.length > 0 && [...labels, ...assignees, ...reviewers].length === 0;
}
