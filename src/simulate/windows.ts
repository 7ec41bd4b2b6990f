import { problemError } from '../core/problem.ts';
import type { FileChange, UpstreamHistory } from '../upstream/types.ts';
import type { SimulationOptions } from './options.ts';

/** What a run sees that the run before it did not. */
export interface WindowChange {
  /** Which run, 0 for the first. */
  readonly run: number;
  /** The last commit that it sees. */
  readonly commit: string;
  /** Files whose content differs from what the run before saw. */
  readonly files: readonly FileChange[];
}

/** The runs of a simulation: run 0 makes the lockfile, and after each window one follows. */
export interface Windows {
  /** When run 0 is, in seconds since 1970; run n is n times `every` later. It sees the commits before its time. */
  readonly first: number;
  /** The length of a window, in seconds. */
  readonly every: number;
  /** How many runs follow run 0. */
  readonly runs: number;
  readonly commits: number;
  /** How many windows hold a commit; that before run 0 among them where history begins in it. */
  readonly windowsWithCommit: number;
  /** In order, run 0 first; runs that see nothing new are left out. */
  readonly changes: readonly WindowChange[];
}

const mostRuns = 200_000;

/**
 * Lays windows of equal length, from midnight UTC of the first day, over a history. Throws a UserError
 * `simulate/too-many-runs`.
 */
export function layWindows(history: UpstreamHistory, { since, until, every }: SimulationOptions): Windows {
  const [base] = history.commits;
  if (base === undefined) throw new Error('a history has no commit');
  const endOf = (time: number) => since + (Math.floor((time - since) / every) + 1) * every;
  const first = base.time < since ? since : endOf(base.time);
  const runOf = (time: number) => (time < first ? 0 : Math.floor((time - first) / every) + 1);
  const end = Math.min(until ?? Number.POSITIVE_INFINITY, endOf(history.lastTime));
  const runs = Math.max(0, Math.floor((end - first) / every));
  if (runs > mostRuns) {
    throw problemError('simulate/too-many-runs', `A simulation has at most ${mostRuns} runs.`, String(runs));
  }
  const seen = history.commits.filter(({ time }) => runOf(time) <= runs);
  const inWindows = seen.filter(({ time }) => time >= since);
  return {
    first,
    every,
    runs,
    commits: inWindows.length,
    windowsWithCommit: new Set(inWindows.map(({ time }) => runOf(time))).size,
    changes: collapse(seen, runOf),
  };
}

/** The commits of each window as one change: a file that is as it was has not changed. */
function collapse(commits: UpstreamHistory['commits'], runOf: (time: number) => number): WindowChange[] {
  const before = new Map<string, FileChange>();
  const changes: WindowChange[] = [];
  for (let index = 0; index < commits.length; ) {
    const run = runOf(commits[index]?.time ?? 0);
    const last = new Map<string, FileChange>();
    let commit = '';
    for (; index < commits.length && runOf(commits[index]?.time ?? 0) === run; index++) {
      commit = commits[index]?.sha ?? '';
      for (const change of commits[index]?.changes ?? []) last.set(change.name, change);
    }
    const files = [...last.values()].filter((change) => !isSame(before.get(change.name), change));
    for (const file of files) before.set(file.name, file);
    changes.push({ run, commit, files });
  }
  return changes;
}

function isSame(before: FileChange | undefined, after: FileChange): boolean {
  return before?.blob === after.blob && (before === undefined || before.mode === after.mode);
}
