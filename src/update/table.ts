import { carries } from '../forge/hidden-markers.ts';
import type { Proposal } from '../forge/types.ts';
import { type Decision, overwriteBox, overwriteLabel, type Situation, type Step, wordsKey } from './types.ts';

interface Row {
  readonly row: string;
  readonly when: (situation: Situation) => boolean;
  readonly says: string;
  readonly steps: (situation: Situation) => readonly Step[];
}

const isForeign = ({ branch, mayOverwrite }: Situation) => (branch?.foreign.length ?? 0) > 0 && !mayOverwrite;
const conflicts = ({ open: [first] }: Situation) => first?.hasConflict === true;
const isCurrent = ({ branch }: Situation) => branch?.isCurrent === true;
const saysTheSame = ({ change, open: [first] }: Situation) =>
  change !== undefined && first !== undefined && carries(first.body, wordsKey(change.words));

const close = ({ number }: Proposal, key: string, text: string): Step => ({ do: 'close', number, key, text });
const closeAll = ({ open }: Situation) =>
  open.map((one) => close(one, 'nothing-to-do', 'There is nothing to change any more: the base branch is current.'));
const closeOthers = ({ open: [first, ...others] }: Situation) =>
  others.map((one) => close(one, 'second', `There is another one for the same: ${first?.url}`));
const deleteBranch = ({ branch }: Situation): Step[] => (branch === undefined ? [] : [{ do: 'delete-branch' }]);
const edit = ({ open: [first] }: Situation): Step[] =>
  first === undefined ? [] : [{ do: 'edit', number: first.number }];
const standBack = ({ open: [first] }: Situation): Step[] =>
  first === undefined ? [] : [{ do: 'comment', number: first.number, key: 'foreign-commits', text: standBackText }];
const standBackText = [
  'Somebody pushed commits to this branch, and mirrorlock does not overwrite them: it is not kept up to date any more.',
  `To let it go on, and lose those commits, tick “${overwriteBox}” in the description, or add the label \`${overwriteLabel}\`.`,
].join('\n\n');

/** What is decided in which situation: the first row that fits counts, and one always does. */
export const decisionTable: readonly Row[] = [
  {
    row: 'a person pushed commits to the branch, and nothing changes',
    when: (all) => all.change === undefined && isForeign(all),
    says: 'Nothing changes, and the branch holds commits of others: it is left alone.',
    steps: () => [],
  },
  {
    row: 'a person pushed commits to the branch, and there is no PR',
    when: (all) => all.open.length === 0 && isForeign(all),
    says: 'The branch holds commits of others, and there is no pull request: it is left alone until it is deleted.',
    steps: () => [],
  },
  {
    row: 'a person pushed commits to the branch',
    when: isForeign,
    says: 'The branch holds commits of others: it is left alone.',
    steps: standBack,
  },
  {
    row: 'no change and no PR',
    when: ({ change, open, branch }) => change === undefined && open.length === 0 && branch === undefined,
    says: 'Nothing changes.',
    steps: () => [],
  },
  {
    row: 'no change, and a branch without a PR',
    when: ({ change, open }) => change === undefined && open.length === 0,
    says: 'Nothing changes: the branch is deleted.',
    steps: deleteBranch,
  },
  {
    row: 'no change and an open PR',
    when: ({ change }) => change === undefined,
    says: 'Nothing changes any more: the pull request is closed.',
    steps: (all) => [...closeAll(all), ...deleteBranch(all)],
  },
  {
    row: 'a person closed the PR for this very content',
    when: ({ open, declined }) => open.length === 0 && declined !== undefined,
    says: 'A person closed a pull request of this very content: no new one is opened until the content changes.',
    steps: () => [],
  },
  {
    row: 'a change and no PR',
    when: ({ open, branch }) => open.length === 0 && branch === undefined,
    says: 'A pull request is opened.',
    steps: () => [{ do: 'push' }, { do: 'open' }],
  },
  {
    row: 'a change, and its branch without a PR',
    when: (all) => all.open.length === 0 && isCurrent(all),
    says: 'A pull request is opened for the branch that is there.',
    steps: () => [{ do: 'open' }],
  },
  {
    row: 'a change, and an old branch without a PR',
    when: ({ open }) => open.length === 0,
    says: 'The branch is updated, and a pull request is opened.',
    steps: () => [{ do: 'push' }, { do: 'open' }],
  },
  {
    row: 'a person pushed commits to the branch, and lets the bot go on',
    when: ({ branch }) => (branch?.foreign.length ?? 0) > 0,
    says: 'A person lets the bot overwrite the commits of others: the pull request is updated.',
    steps: (all) => [{ do: 'push' }, ...edit(all), ...closeOthers(all)],
  },
  {
    row: 'a change and an open PR whose content equals',
    when: (all) => isCurrent(all) && !conflicts(all) && saysTheSame(all),
    says: 'The pull request is current: it is left alone.',
    steps: closeOthers,
  },
  {
    row: 'an open PR whose content equals and whose text does not',
    when: (all) => isCurrent(all) && !conflicts(all),
    says: 'The pull request has its content: its text is updated.',
    steps: (all) => [...edit(all), ...closeOthers(all)],
  },
  {
    row: 'an open PR that conflicts with the base',
    when: conflicts,
    says: 'The pull request conflicts with the base: it is rebuilt on its tip.',
    steps: (all) => [{ do: 'push' }, ...edit(all), ...closeOthers(all)],
  },
  {
    row: 'a change and an open PR whose content differs',
    when: () => true,
    says: 'The pull request is updated.',
    steps: (all) => [{ do: 'push' }, ...edit(all), ...closeOthers(all)],
  },
];

/** Decides what to do; pure. */
export function decide(situation: Situation): Decision {
  const found = decisionTable.find(({ when }) => when(situation));
  if (found === undefined) throw new Error('the last row of the decision table fits always');
  return { row: found.row, says: found.says, steps: found.steps(situation) };
}
