import { createHash } from 'node:crypto';
import { carries } from '../forge/hidden-markers.ts';
import type { Proposal } from '../forge/types.ts';
import {
  type Decision,
  overwriteBox,
  overwriteLabel,
  type Sign,
  type Situation,
  type Step,
  wordsKey,
} from './types.ts';

interface Row {
  readonly row: string;
  readonly when: (situation: Situation) => boolean;
  readonly says: string;
  readonly sign: Sign;
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
const comment = (number: number, key: string, text: string): Step => ({ do: 'comment', number, key, text });
/** Each time that somebody begins to push is told by itself. */
const foreignKey = ({ branch }: Situation) => `foreign-commits:${branch?.foreign[0]?.commit}`;
const standBack = (all: Situation): Step[] =>
  all.open.slice(0, 1).map(({ number }) => comment(number, foreignKey(all), standBackText));
const standBackText = [
  'Somebody pushed commits to this branch, and mirrorlock does not overwrite them: it is not kept up to date any more.',
  `To let it go on, and lose those commits, tick “${overwriteBox}” in the description, or add the label \`${overwriteLabel}\`.`,
].join('\n\n');
const branchIssue = (all: Situation): Step => ({
  do: 'issue',
  key: foreignKey(all),
  title: 'mirrorlock: its branch holds commits of others',
  text: [
    `\`${all.branch?.name}\`, the branch of \`mirrorlock update\`, holds commits that it did not make, such as \`${all.branch?.foreign[0]?.commit}\`, and no pull request of it is open. They are not overwritten, so nothing is proposed any more.`,
    'Delete the branch to let mirrorlock go on. To keep the commits, push them to another branch first, or open a pull request from this one.',
  ].join('\n\n'),
});
const workflowIssue = ({ left }: Situation): Step => ({
  do: 'issue',
  key: `workflows:${createHash('sha256').update(left.join('\0')).digest('hex').slice(0, 12)}`,
  title: 'mirrorlock: workflow files are out of date',
  text: [
    'Nothing but these workflow files is out of date, and the token of `mirrorlock update` may not push them:',
    left.map((path) => `- \`${path}\``).join('\n'),
    'Run `mirrorlock render` and commit them, or name a GitHub App with the permission `workflows: write` in `ci.app`.',
  ].join('\n\n'),
});
const declinedText = [
  'Somebody closed this, so mirrorlock opens no other pull request with the same content: it waits until the content changes.',
  'To have this one after all, reopen it (and restore its branch, where that was deleted).',
].join('\n\n');

/** What is decided in which situation: the first row that fits counts, and one always does. */
export const decisionTable: readonly Row[] = [
  {
    row: 'a person pushed commits to the branch, and nothing changes',
    when: (all) => all.change === undefined && all.open.length > 0 && isForeign(all),
    says: 'Nothing changes, and the branch holds commits of others: it is left alone.',
    sign: 'a comment',
    steps: standBack,
  },
  {
    row: 'a person pushed commits to the branch, and there is no PR',
    when: (all) => all.open.length === 0 && isForeign(all),
    says: 'The branch holds commits of others, and there is no pull request: it is left alone until it is deleted.',
    sign: 'an issue',
    steps: (all) => [branchIssue(all)],
  },
  {
    row: 'a person pushed commits to the branch',
    when: isForeign,
    says: 'The branch holds commits of others: it is left alone.',
    sign: 'a comment',
    steps: standBack,
  },
  {
    row: 'only workflow files change, and the token may not push them',
    when: ({ change, left }) => change === undefined && left.length > 0,
    says: 'Only workflow files are out of date, and the token may not push those: people have to.',
    sign: 'an issue',
    steps: (all) => [...closeAll(all), ...deleteBranch(all), workflowIssue(all)],
  },
  {
    row: 'no change and no PR',
    when: ({ change, open, branch }) => change === undefined && open.length === 0 && branch === undefined,
    says: 'Nothing changes.',
    sign: 'nothing waits',
    steps: () => [],
  },
  {
    row: 'no change, and a branch without a PR',
    when: ({ change, open }) => change === undefined && open.length === 0,
    says: 'Nothing changes: the branch is deleted.',
    sign: 'what is done',
    steps: deleteBranch,
  },
  {
    row: 'no change and an open PR',
    when: ({ change }) => change === undefined,
    says: 'Nothing changes any more: the pull request is closed.',
    sign: 'what is done',
    steps: (all) => [...closeAll(all), ...deleteBranch(all)],
  },
  {
    row: 'a person closed the PR for this very content',
    when: ({ open, declined }) => open.length === 0 && declined !== undefined,
    says: 'A person closed a pull request of this very content: no new one is opened until the content changes.',
    sign: 'a comment',
    steps: ({ declined }) => (declined === undefined ? [] : [comment(declined.number, 'declined', declinedText)]),
  },
  {
    row: 'a change and no PR',
    when: ({ open, branch }) => open.length === 0 && branch === undefined,
    says: 'A pull request is opened.',
    sign: 'what is done',
    steps: () => [{ do: 'push' }, { do: 'open' }],
  },
  {
    row: 'a change, and its branch without a PR',
    when: (all) => all.open.length === 0 && isCurrent(all),
    says: 'A pull request is opened for the branch that is there.',
    sign: 'what is done',
    steps: () => [{ do: 'open' }],
  },
  {
    row: 'a change, and an old branch without a PR',
    when: ({ open }) => open.length === 0,
    says: 'The branch is updated, and a pull request is opened.',
    sign: 'what is done',
    steps: () => [{ do: 'push' }, { do: 'open' }],
  },
  {
    row: 'a person pushed commits to the branch, and lets the bot go on',
    when: ({ branch }) => (branch?.foreign.length ?? 0) > 0,
    says: 'A person lets the bot overwrite the commits of others: the pull request is updated.',
    sign: 'what is done',
    steps: (all) => [{ do: 'push' }, ...edit(all), ...closeOthers(all)],
  },
  {
    row: 'a change and an open PR whose content equals',
    when: (all) => isCurrent(all) && !conflicts(all) && saysTheSame(all),
    says: 'The pull request is current: it is left alone.',
    sign: 'the pull request',
    steps: closeOthers,
  },
  {
    row: 'an open PR whose content equals and whose text does not',
    when: (all) => isCurrent(all) && !conflicts(all),
    says: 'The pull request has its content: its text is updated.',
    sign: 'what is done',
    steps: (all) => [...edit(all), ...closeOthers(all)],
  },
  {
    row: 'an open PR that conflicts with the base',
    when: conflicts,
    says: 'The pull request conflicts with the base: it is rebuilt on its tip.',
    sign: 'what is done',
    steps: (all) => [{ do: 'push' }, ...edit(all), ...closeOthers(all)],
  },
  {
    row: 'a change and an open PR whose content differs',
    when: () => true,
    says: 'The pull request is updated.',
    sign: 'what is done',
    steps: (all) => [{ do: 'push' }, ...edit(all), ...closeOthers(all)],
  },
];

/** Decides what to do; pure. */
export function decide(situation: Situation): Decision {
  const found = decisionTable.find(({ when }) => when(situation));
  if (found === undefined) throw new Error('the last row of the decision table fits always');
  return { row: found.row, says: found.says, steps: found.steps(situation) };
}
