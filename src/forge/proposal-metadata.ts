import type { Problem } from '../core/problem.ts';
import { ForgeError } from './errors.ts';
import type { Forge, MergeMethod, Proposal } from './types.ts';

/** What the configuration wants a proposal to wear. */
export interface ProposalMetadata {
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly assignees: readonly string[];
  readonly autoMerge?: MergeMethod | undefined;
}

interface Step {
  readonly code: string;
  readonly what: string;
  readonly value: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Adds what a proposal lacks of its metadata; what people added or what it has already stays, so that a second time
 * writes nothing. What the forge refuses is a warning: the proposal is there all the same.
 *
 * @throws ForgeError for anything but a refusal, such as `forge/network` and `forge/rate-limited`
 */
export async function setProposalMetadata(
  forge: Forge,
  proposal: Proposal,
  metadata: ProposalMetadata,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const step of stepsFor(forge, proposal, metadata)) {
    const refused = await refusalOf(step);
    if (refused !== undefined) problems.push(refused);
  }
  return problems;
}

function stepsFor(forge: Forge, proposal: Proposal, metadata: ProposalMetadata): Step[] {
  const { number } = proposal;
  const labels = lacking(metadata.labels, proposal.labels);
  // Nobody reviews what is theirs, and forges refuse the whole request for it.
  const reviewers = lacking(metadata.reviewers, [...proposal.reviewers, proposal.author?.name ?? '']);
  const assignees = lacking(metadata.assignees, proposal.assignees);
  const step = (code: string, what: string, names: readonly string[], run: () => Promise<unknown>): Step[] =>
    names.length === 0 ? [] : [{ code, what, value: names.join(', '), run }];
  const wantsMerge = metadata.autoMerge !== undefined && !proposal.autoMerge && !proposal.isDraft;
  return [
    ...step('forge/labels', 'These labels could not be added.', labels, () => forge.addLabels(number, labels)),
    ...step('forge/reviewers', 'These could not be asked for a review.', reviewers, () =>
      forge.requestReviews(number, reviewers),
    ),
    ...step('forge/assignees', 'These could not be assigned.', assignees, () => forge.addAssignees(number, assignees)),
    ...step(
      'forge/auto-merge',
      'Auto-merge could not be switched on.',
      wantsMerge ? [metadata.autoMerge ?? ''] : [],
      () => forge.setAutoMerge(number, metadata.autoMerge),
    ),
  ];
}

function lacking(wanted: readonly string[], present: readonly string[]): string[] {
  const known = new Set(present.map((name) => name.toLowerCase()));
  return wanted.filter((name) => !known.has(name.toLowerCase()));
}

const refusals = new Set(['validation', 'missing-permission', 'not-found', 'conflict', 'disabled', 'exists']);

async function refusalOf({ code, what, value, run }: Step): Promise<Problem | undefined> {
  try {
    const left = await run();
    // Assignees that the forge passes over in silence.
    if (!Array.isArray(left) || left.length === 0) return undefined;
    const hint = 'The forge knows no such account, or it may not be assigned here.';
    return { code, severity: 'warning', message: what, value: left.join(', '), hint };
  } catch (error) {
    if (!(error instanceof ForgeError) || !refusals.has(error.kind)) throw error;
    return { code, severity: 'warning', message: what, value, hint: error.problems[0]?.message ?? '' };
  }
}
