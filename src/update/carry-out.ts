import type { Problem } from '../core/problem.ts';
import { isForgeError } from '../forge/errors.ts';
import { deleteBranch } from '../forge/git/push.ts';
import { commentOnce, marker } from '../forge/hidden-markers.ts';
import { type ProposalMetadata, setProposalMetadata } from '../forge/proposal-metadata.ts';
import type { Issue, Proposal } from '../forge/types.ts';
import type { CommitWords } from './commit-words.ts';
import { pushChange } from './push-change.ts';
import { putSign, settleSigns } from './sign.ts';
import type { ProposalPlace } from './situation.ts';
import { type Change, type Decision, isFinished, type Situation, type Step, wordsKey } from './types.ts';

export interface CreateOptions {
  readonly metadata: ProposalMetadata;
  readonly isDraft: boolean;
  /** Makes the words of a commit from its title. */
  readonly words: (title: string) => CommitWords;
}

/** What was written. */
export interface CarriedOut {
  readonly proposal: Proposal | undefined;
  /** The commit that was pushed. */
  readonly commit: string | undefined;
  /** Another bot was faster: what it did counts. */
  readonly wasLate: boolean;
  /** Whether anything was written: a sign that is there already is not written again. */
  readonly wrote: boolean;
  /** The issue that says what the bot waits for. */
  readonly issue?: Issue;
  /** The bot waits, and nobody can see it at the forge. */
  readonly isUnsigned: boolean;
  readonly problems: readonly Problem[];
}

type Writing = { -readonly [Key in keyof CarriedOut]: CarriedOut[Key] } & { problems: Problem[] };

/**
 * Carries out a decision. What was done before an interruption is not done twice by the next run. Where another bot, or a
 * person, was faster, nothing more is written.
 *
 * @throws ForgeError for all that is not a lost race
 */
export async function carryOut(
  place: ProposalPlace,
  situation: Situation,
  decision: Decision,
  options: CreateOptions,
): Promise<CarriedOut> {
  const nothing = { commit: undefined, wasLate: false, wrote: false, isUnsigned: false };
  const done: Writing = { proposal: situation.open[0], ...nothing, problems: [] };
  try {
    for (const step of decision.steps) await doStep(place, situation, step, options, done);
    const sign = decision.steps.find((step) => step.do === 'comment' || step.do === 'issue');
    if (await settleSigns(place, sign)) done.wrote = true;
  } catch (error) {
    if (!(await isLostRace(place, error))) throw error;
    done.wasLate = true;
  }
  return done;
}

/** Whether what somebody else did stands in the way, and is there to be seen. */
async function isLostRace({ forge, base, branch }: ProposalPlace, error: unknown): Promise<boolean> {
  if (!isForgeError(error, 'exists')) return isForgeError(error, 'push-stale');
  const { items } = await forge.findProposals({ head: branch, base: base.branch, state: 'open' });
  return items.length > 0;
}

async function doStep(
  place: ProposalPlace,
  situation: Situation,
  step: Step,
  options: CreateOptions,
  done: Writing,
): Promise<void> {
  const { git, remote, forge, branch } = place;
  if (step.do === 'comment' || step.do === 'issue') return sign(place, step, done);
  done.wrote = true;
  switch (step.do) {
    case 'push':
      done.commit = await push(place, situation, options);
      return;
    case 'open':
      await open(place, changeOf(situation), options, done);
      return;
    case 'edit':
      await edit(place, changeOf(situation), step.number, options, done);
      return;
    case 'close':
      await commentOnce(forge, { kind: 'proposal', number: step.number }, { key: step.key, body: step.text });
      await forge.closeProposal(step.number);
      return;
    case 'delete-branch':
      if (situation.branch !== undefined) await deleteBranch(git, remote, branch, situation.branch.tip);
  }
}

async function sign(place: ProposalPlace, step: Parameters<typeof putSign>[1], done: Writing): Promise<void> {
  const { isNew, issue, unsigned } = await putSign(place, step);
  if (isNew) done.wrote = true;
  if (issue !== undefined) done.issue = issue;
  if (unsigned === undefined) return;
  done.isUnsigned = true;
  done.problems.push(unsigned);
}

function push(place: ProposalPlace, situation: Situation, { words }: CreateOptions): Promise<string> {
  const { files, title } = changeOf(situation);
  const expected = situation.branch?.tip ?? 'absent';
  return pushChange(place, { base: place.base.tip, branch: place.branch, expected, files, words: words(title) });
}

/**
 * Opens a proposal and dresses it. Until it wears all, its text lacks the marker of a finished one: so a run that comes
 * after an interruption dresses it, and no other does, since people may have taken something off.
 */
async function open(
  { forge, base, branch }: ProposalPlace,
  { title, body, words }: Change,
  { metadata, isDraft }: CreateOptions,
  done: Writing,
): Promise<void> {
  const plain = { head: branch, base: base.branch, title, isDraft };
  if (isBare(metadata)) {
    done.proposal = await forge.openProposal({ ...plain, body });
    return;
  }
  const opened = await forge.openProposal({ ...plain, body: body.replace(marker(wordsKey(words)), '').trimEnd() });
  done.proposal = opened;
  done.problems.push(...(await setProposalMetadata(forge, opened, metadata)));
  done.proposal = await forge.editProposal(opened.number, { body });
}

async function edit(
  { forge }: ProposalPlace,
  { title, body }: Change,
  number: number,
  { metadata }: CreateOptions,
  done: Writing,
): Promise<void> {
  const { proposal } = done;
  if (proposal?.number === number && !isBare(metadata) && !isFinished(proposal.body)) {
    done.problems.push(...(await setProposalMetadata(forge, proposal, metadata)));
  }
  done.proposal = await forge.editProposal(number, { title, body });
}

function isBare({ labels, reviewers, assignees, autoMerge }: ProposalMetadata): boolean {
  return [...labels, ...reviewers, ...assignees].length === 0 && autoMerge === undefined;
}

function changeOf({ change }: Situation): Change {
  if (change === undefined) throw new Error('a step was decided that needs a change, and there is none');
  return change;
}
