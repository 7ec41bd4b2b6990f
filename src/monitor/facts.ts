import { changesOf } from '../changes/changes.ts';
import { findingWords } from '../changes/findings.ts';
import { isPending, type LockedImage, type Lockfile, tagDigests } from '../lock/types.ts';
import type { BudgetReport } from '../report/budget.ts';
import type { Applied } from '../runs/apply/destinations.ts';
import type { ApplyRun } from '../runs/apply/run.ts';
import { droppedPolicyOf } from '../runs/update/describe.ts';
import type { KeptProposal } from '../runs/update/keep-proposal.ts';
import type { Verified } from '../runs/verify/follow-up.ts';
import type { VerifyRun } from '../runs/verify/verify.ts';
import type { Drift } from '../verify/drift.ts';
import type { DestinationFacts, EndFacts, MirrorFacts } from './types.ts';

/** What an apply leaves behind. Pure. */
export function applyFacts({ images, applied }: ApplyRun, budget: BudgetReport | undefined): MirrorFacts {
  return {
    destinations: applied.map((one) => appliedFacts(one, countTags(images))),
    pending: pendingTags(images),
    pulls: applied.reduce((sum, { requests }) => sum + requests.source.countedPulls, 0),
    ...(budget && { budget: { limit: budget.limit, left: budget.left } }),
  };
}

function appliedFacts({ destination, result, sources }: Applied, wanted: number): DestinationFacts {
  const sum = (groups: readonly { readonly tags: readonly string[] }[]) =>
    groups.reduce((total, { tags }) => total + tags.length, 0);
  return {
    name: destination.name,
    wanted,
    mirrored: result.unchanged + result.tagged,
    failed: sum(result.failures),
    waiting: sum(result.waiting),
    copiedGroups: result.copied,
    bytes: sources.map(({ place, bytes }) => ({ place, bytes })),
  };
}

/** What a verify finds. A destination that cannot be looked at is not among those that were. Pure. */
export function verifyFacts({ images, results }: VerifyRun): MirrorFacts {
  return {
    destinations: results.map((one) => verifiedFacts(one, countTags(images))),
    pending: pendingTags(images),
  };
}

function verifiedFacts({ destination, tags, drift }: Verified, wanted: number): DestinationFacts {
  const wrong = new Set(drift.filter(({ kind }) => kind !== 'extra').flatMap(tagsOf));
  const count = (kind: Drift['kind']) => drift.filter((one) => one.kind === kind).length;
  return {
    name: destination.name,
    wanted,
    mirrored: tags - wrong.size,
    failed: wanted - tags,
    drift: { missing: count('missing'), different: count('different'), extra: count('extra'), broken: count('broken') },
  };
}

function tagsOf(drift: Drift): string[] {
  return (drift.kind === 'broken' ? drift.tags : [drift.tag]).map((tag) => `${drift.image}:${tag}`);
}

/** What an update proposes: the pull request that stays open, and what upstream ends in it. Pure. */
export function updateFacts({ built, created }: KeptProposal): MirrorFacts {
  const { made, situation, decision } = built;
  const closed = new Set(decision.steps.flatMap((step) => (step.do === 'close' ? [step.number] : [])));
  const proposal = created?.proposal ?? situation.open[0];
  const isOpen = proposal !== undefined && proposal.state === 'open' && !closed.has(proposal.number);
  const { number = 0, url = '', createdAt = '' } = proposal ?? {};
  return {
    proposal: isOpen ? { number, url, createdAt: new Date(createdAt) } : null,
    pending: pendingTags(made.after.images),
    ended: situation.change === undefined ? [] : endedIn(made.before, made.after, droppedPolicyOf(made.config)),
  };
}

/** What upstream ends from one lockfile to the next, in the words of a pull request; nothing where the rules have changed. */
function endedIn(
  before: Lockfile | undefined,
  after: Lockfile,
  policy: ReturnType<typeof droppedPolicyOf>,
): EndFacts[] {
  const { lookAtFirst, words } = changesOf({ before, after, policy });
  if (words.isByRules) return [];
  return lookAtFirst
    .filter(({ kind }) => kind === 'ended' || kind === 'gone')
    .map((finding) => findingWords(finding, words));
}

function countTags(images: readonly LockedImage[]): number {
  return images.reduce((sum, image) => sum + tagDigests(image).size, 0);
}

/** `image:tag` of all that is announced and not published. */
export function pendingTags(images: readonly LockedImage[]): string[] {
  const names = images.flatMap(({ image, entries }) =>
    entries.filter(isPending).flatMap(({ pending }) => pending.map((tag) => `${image}:${tag}`)),
  );
  return [...new Set(names)];
}
