import { problemError, type UserError } from '../../core/problem.ts';

/** Which part of a history is wanted. All in seconds since 1970. */
export interface HistoryRange {
  /** It begins with what the branch was at this moment… */
  readonly since: number;
  /** …or, where it did not exist yet, with its first commit, if that is before this moment. */
  readonly beginsBefore: number;
  /** Commits from this moment on are left out. */
  readonly until: number;
}

export interface TimedCommit {
  readonly sha: string;
  readonly time: number;
}

/**
 * The commit that a range begins with, and those after it. Throws UserErrors `upstream/shallow-history`,
 * `upstream/before-history` and `upstream/no-commits`.
 */
export function takeRange(
  all: readonly TimedCommit[],
  range: HistoryRange,
  isShallow: boolean,
): readonly [TimedCommit, ...TimedCommit[]] {
  const [first] = all;
  if (first === undefined) {
    throw problemError('upstream/no-library', 'No commit has a folder `library/`.', undefined, libraryHint);
  }
  const start = all.findLastIndex(({ time }) => time < range.since);
  if (start < 0 && isShallow) throw shallow(first);
  if (start < 0 && first.time >= range.beginsBefore) throw beforeHistory(first, range);
  const [base = first, ...later] = all.slice(Math.max(start, 0));
  const rest = later.filter(({ time }) => time < range.until);
  const ownsBase = base.time >= range.since && base.time < range.until;
  if (rest.length === 0 && !ownsBase) throw noCommits(base, later[0]);
  return [base, ...rest];
}

const libraryHint = 'Is this a clone of docker-library/official-images?';

function shallow(first: TimedCommit): UserError {
  return problemError(
    'upstream/shallow-history',
    'Upstream is a shallow clone, whose history begins too late for this range.',
    `its first commit is of ${moment(first.time)}`,
    'Run `git fetch --unshallow` in it, or name the repository that it was cloned from.',
  );
}

function beforeHistory(first: TimedCommit, { since }: HistoryRange): UserError {
  return problemError(
    'upstream/before-history',
    'The range begins before the history of upstream does.',
    moment(since),
    `The first commit is of ${moment(first.time)}.`,
  );
}

function noCommits(before: TimedCommit, after: TimedCommit | undefined): UserError {
  const next = after === undefined ? 'there is none after it' : `the next is of ${moment(after.time)}`;
  return problemError(
    'upstream/no-commits',
    'No commit changed `library/` in this range.',
    undefined,
    `The last one before its end is of ${moment(before.time)}; ${next}.`,
  );
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}
