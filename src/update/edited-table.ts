/** What is known of a pull request that people opened, and of what locking and rendering it changes. */
export interface EditedSituation {
  readonly state: 'open' | 'closed' | 'merged';
  /** Whether it comes from the bot's own branch. */
  readonly isOwn: boolean;
  readonly isFork: boolean;
  /** Whether its configuration names an upstream or a source that the base branch does not name. */
  readonly readsElsewhere: boolean;
  /** Whether lockfile and rendered files fit its configuration. */
  readonly isCurrent: boolean;
  /** Whether anything is out of date that the token may push. */
  readonly maySettle: boolean;
}

/** What is to be done: a commit is pushed to its branch, or people are told what to run. */
export interface EditedDecision {
  readonly row: string;
  readonly says: string;
  readonly act: 'nothing' | 'push' | 'tell';
}

interface Row extends EditedDecision {
  readonly when: (situation: EditedSituation) => boolean;
}

/** What is decided on a pull request of people in which situation: the first row that fits counts, and one always does. */
export const editedTable: readonly Row[] = [
  {
    row: 'the pull request is not open',
    when: ({ state }) => state !== 'open',
    says: 'The pull request is not open any more: nothing is done.',
    act: 'nothing',
  },
  {
    row: "the pull request is the bot's own",
    when: ({ isOwn }) => isOwn,
    says: 'The pull request is the bot’s own: `mirrorlock update` keeps it.',
    act: 'nothing',
  },
  {
    row: 'a fork that reads from elsewhere',
    when: ({ isFork, readsElsewhere }) => isFork && readsElsewhere,
    says: 'The pull request comes from a fork, and names another upstream or source: no registry or upstream is asked.',
    act: 'tell',
  },
  {
    row: 'the pull request is current',
    when: ({ isCurrent }) => isCurrent,
    says: 'The lockfile and rendered files fit the configuration: nothing is pushed.',
    act: 'nothing',
  },
  {
    row: 'a fork that is out of date',
    when: ({ isFork }) => isFork,
    says: 'The pull request comes from a fork: nothing is pushed to it, and its lockfile or rendered files are out of date.',
    act: 'tell',
  },
  {
    row: 'a branch of which only workflow files are out of date',
    when: ({ maySettle }) => !maySettle,
    says: 'Only workflow files are out of date, and the token may not push those.',
    act: 'tell',
  },
  {
    row: 'a branch that is out of date',
    when: () => true,
    says: 'The lockfile and rendered files are added to the branch of the pull request.',
    act: 'push',
  },
];

/** Decides what to do with a pull request of people; pure. */
export function decideEdited(situation: EditedSituation): EditedDecision {
  const found = editedTable.find(({ when }) => when(situation));
  if (found === undefined) throw new Error('the last row of the table fits always');
  return { row: found.row, says: found.says, act: found.act };
}
