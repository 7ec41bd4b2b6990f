import { tmpdir } from 'node:os';
import { type Changes, changesOf } from '../../changes/changes.ts';
import type { UpdateSettings } from '../../config/types.ts';
import { defined } from '../../core/defined.ts';
import type { Evidence } from '../../evidence/types.ts';
import { isForgeError } from '../../forge/errors.ts';
import type { Access, Forge } from '../../forge/types.ts';
import type { Context } from '../../session/context.ts';
import { type CarriedOut, carryOut } from '../../update/carry-out.ts';
import { commitWords } from '../../update/commit-words.ts';
import { type ProposalPlace, readSituation } from '../../update/situation.ts';
import { decide } from '../../update/table.ts';
import type { Decision, Situation } from '../../update/types.ts';
import { knownEvidence } from '../kept-evidence.ts';
import { reviewEvidence } from '../review-evidence.ts';
import { findBotBranch } from './bot-branch.ts';
import { makeChange, type Rendered } from './change.ts';
import { describeMade, droppedPolicyOf } from './describe.ts';
import { checkAccess, findBase, type Workplace } from './workplace.ts';

/** What locking and rendering at the tip of the base gave, and where it would be proposed. */
export interface BaseState {
  readonly place: ProposalPlace;
  readonly made: Rendered;
  /** The tip of the bot's branch. */
  readonly tip: string | undefined;
  readonly update: UpdateSettings;
}

/** All that is decided before anything is written. */
export interface Decided extends BaseState {
  readonly situation: Situation;
  readonly decision: Decision;
  readonly left: readonly string[];
  /** Why digests are others; absent where no text is written, which would say so. */
  readonly evidence?: Evidence;
  /** What is proposed, in words, as far as it is known; absent where nothing is. */
  readonly changes?: Changes;
}

/** What was decided, and what was done of it; `created` is absent where nothing was to be written. */
export interface KeptProposal {
  readonly built: Decided;
  readonly created: CarriedOut | undefined;
}

/** Keeps one branch with one commit, and one pull request of it, while locking and rendering changes something at the base. */
export async function keepProposal(
  context: Context,
  workplace: Workplace,
  forge: Forge,
  { dryRun, base }: { readonly dryRun: boolean; readonly base?: string },
): Promise<KeptProposal> {
  const access = await checkAccess(forge);
  const ground = await lookAtBase(context, workplace, forge, base ?? access.defaultBranch, base !== undefined);
  const evidence = onceOnly(() => reviewEvidence(context, ground.made.config, ground.made));
  const built = await inWords(context, await decideOn(ground, access, context.now(), evidence));
  if (dryRun) return { built, created: undefined };
  try {
    return { built, created: await carryOutDecided(built) };
  } catch (error) {
    if (!isForgeError(error, 'workflow-permission')) throw error;
    // GitHub does not tell before a push whether the token of an App may change workflows.
    const without = await decideOn(ground, { mayPushWorkflows: 'no' }, context.now(), evidence);
    return { built: { ...without, ...defined({ changes: built.changes }) }, created: await carryOutDecided(without) };
  }
}

/** Adds what is proposed, in words. Where no evidence was read for a text, what was read for an earlier one is found in the cache. */
async function inWords(context: Context, decided: Decided): Promise<Decided> {
  const { made, situation, evidence: read } = decided;
  if (situation.change === undefined) return decided;
  const { before, after, config, digests } = made;
  const evidence = read ?? (await knownEvidence(context, config, before, after));
  const told = { policy: droppedPolicyOf(config), digests, ...defined({ askedFor: made.askedFor, evidence }) };
  return { ...decided, changes: changesOf({ before, after, ...told }) };
}

/** Locks and renders; writes nothing that lasts. */
async function lookAtBase(
  context: Context,
  workplace: Workplace,
  forge: Forge,
  branch: string,
  isGiven: boolean,
): Promise<BaseState> {
  const { base, update } = await findBase(context, workplace, branch, isGiven);
  const temporaryDirectory = tmpdir();
  const { branch: own, tip } = await findBotBranch(workplace, forge, base, update);
  const place: ProposalPlace = { ...workplace, forge, base, branch: own, temporaryDirectory };
  const made = await makeChange(context, base.tip, { ...workplace, temporaryDirectory, keep: tip });
  return { place, made, tip, update };
}

/** Decides first, and reads evidence only for a text that is to be written: one that is there already costs nothing. */
async function decideOn(
  ground: BaseState,
  access: Pick<Access, 'mayPushWorkflows'>,
  now: Date,
  readEvidence: () => Promise<Evidence | undefined>,
): Promise<Decided> {
  const { place, made, tip } = ground;
  const parts = { prefix: place.prefix, now };
  const { change, left } = describeMade(place.forge, access, made, parts);
  const situation = await readSituation(place, tip, change, left);
  const decision = decide(situation);
  const isWritten = decision.steps.some((step) => step.do === 'open' || step.do === 'edit');
  if (change === undefined || !isWritten) return { ...ground, situation, decision, left };
  const read = defined({ evidence: await readEvidence() });
  const told = describeMade(place.forge, access, made, { ...parts, ...read });
  return { ...ground, situation: { ...situation, change: told.change }, decision, left, ...read };
}

function onceOnly<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

function carryOutDecided({ place, situation, decision, update }: Decided): Promise<CarriedOut> {
  const { labels, reviewers, assignees, autoMerge, draft, commit } = update;
  const metadata = { labels, reviewers, assignees, autoMerge };
  const words = (title: string) => commitWords(title, commit, place.git.env);
  return carryOut(place, situation, decision, { metadata, isDraft: draft, words });
}
