import { conclude } from './conclusion.ts';
import type { Evidence } from './evidence.ts';
import type { EvidenceFigures, LimitFigures, ScenarioReport, Way } from './report-types.ts';
import type { RuleCost } from './rule-costs.ts';
import { spread, sum } from './statistics.ts';
import type { RunResult, WalkResult } from './walk-types.ts';
import type { Windows } from './windows.ts';

const week = 7 * 86_400;
/** The limit is of six hours. */
const limitWindow = 6 * 3600;

/** When a run is, in ISO 8601. */
export function moment({ first, every }: Windows, run: number): string {
  return new Date((first + run * every) * 1000).toISOString().replace('.000', '');
}

/** What a walk was told, and what its rules cost. */
interface Setting {
  readonly windows: Windows;
  readonly rules: readonly RuleCost[];
  readonly limit: number | undefined;
  readonly evidence: Evidence;
}

/** What came of one way through history, in figures, with the conclusion that they lead to. */
export function scenarioReport(
  config: string,
  rebuilds: ScenarioReport['rebuilds'],
  result: WalkResult,
  setting: Setting,
): ScenarioReport {
  const figures = scenarioFigures(config, rebuilds, result, setting);
  return { ...figures, conclusion: conclude(figures, setting.windows.every) };
}

function scenarioFigures(
  config: string,
  rebuilds: ScenarioReport['rebuilds'],
  result: WalkResult,
  { windows, rules, limit, evidence }: Setting,
): Omit<ScenarioReport, 'conclusion'> {
  const { runs, first, images } = result;
  const changed = runs.filter((run) => run.images.length > 0);
  const ofRuns = (count: (run: RunResult) => number) => spread(changed.map(count).filter((value) => value > 0));
  const weeks = (windows.runs * windows.every) / week;
  return {
    config,
    rebuilds,
    first: { ...first, windowsAtLimit: limit === undefined ? null : Math.ceil(first.pulls / limit) },
    runs: { total: windows.runs, changed: changed.length, unchanged: windows.runs - changed.length },
    pullRequestsPerWeek: weeks === 0 ? 0 : Math.round((changed.length / weeks) * 10) / 10,
    perRun: {
      groups: ofRuns(({ groups }) => groups),
      tagsAdded: ofRuns(({ added }) => added),
      tagsRemoved: ofRuns(({ removed }) => removed),
      tagsMoved: ofRuns(({ moved }) => moved),
      tagsRebuilt: ofRuns(({ rebuilt }) => rebuilt),
      groupsRebuilt: ofRuns(({ rebuiltGroups }) => rebuiltGroups),
      releases: ofRuns(({ reading }) => reading.releases),
      rebuilds: ofRuns(({ reading }) => reading.rebuilds),
      endings: ofRuns(({ reading }) => reading.endings),
      lines: ofRuns(({ lines }) => lines),
      pulls: ofRuns(({ pulls }) => pulls),
    },
    limit: limit === undefined ? null : limitFigures(result, windows, limit),
    evidence: evidenceFigures(evidence, runs),
    ways: waysOf(result, windows, limit),
    images: [...images].sort((a, b) => b.pulls - a.pulls || b.lines - a.lines || (a.image < b.image ? -1 : 1)),
    rules,
    series: runs
      .filter((run) => run.images.length > 0 || run.waiting > 0 || run.pulled > 0)
      .map((run) => ({
        at: moment(windows, run.run),
        commit: run.commit,
        moved: run.moved,
        changed: run.added + run.removed + run.moved + run.rebuilt,
        pulls: run.pulls,
        pulled: run.pulled,
        waiting: run.waiting,
      })),
  };
}

function evidenceFigures(evidence: Evidence, runs: readonly RunResult[]): EvidenceFigures {
  return {
    ...evidence,
    pulls: sum(runs.map((run) => run.evidence.pulls)),
    extraPulls: sum(runs.map((run) => run.evidence.extra)),
    unreadGroups: sum(runs.map((run) => run.evidence.unread)),
  };
}

function limitFigures({ runs, longestPullWait }: WalkResult, windows: Windows, limit: number): LimitFigures {
  const waiting = runs.filter((run) => run.waiting > 0);
  let [longest, length, last] = [0, 0, -1];
  for (const { run } of waiting) {
    length = run === last + 1 ? length + 1 : 1;
    longest = Math.max(longest, length);
    last = run;
  }
  const end = runs.at(-1);
  const waitingAtEnd = end?.run === windows.runs ? end.waiting : 0;
  return {
    pulls: limit,
    windowsOver: runs.filter(({ pulls }) => pulls > budgetOf(windows, limit)).length,
    windowsWaiting: waiting.length,
    mostWaiting: waiting.reduce((most, run) => Math.max(most, run.waiting), 0),
    longestWaitWindows: longest,
    longestPullWaitWindows: longestPullWait,
    waitingAtEnd,
    isEnough: waitingAtEnd === 0 || sum(runs.map(({ pulled }) => pulled)) + waitingAtEnd <= capacityOf(windows, limit),
  };
}

/** What a run may use: the limit, or, where runs are more frequent, its even part of it. */
function budgetOf({ every }: Windows, limit: number): number {
  return every >= limitWindow ? limit : (limit * every) / limitWindow;
}

/** What all runs together may pull. */
function capacityOf({ runs, every }: Windows, limit: number): number {
  return limit * (every >= limitWindow ? runs : Math.ceil((runs * every) / limitWindow));
}

function waysOf(
  { runs, bySyncTotal, bySyncMost, bySyncOver }: WalkResult,
  windows: Windows,
  limit: number | undefined,
): Way[] {
  const over = (count: (run: RunResult) => number) =>
    limit === undefined ? null : runs.filter((run) => count(run) > budgetOf(windows, limit)).length;
  const way = (name: Way['way'], count: (run: RunResult) => number): Way => ({
    way: name,
    pulls: sum(runs.map(count)),
    mostInWindow: runs.reduce((most, run) => Math.max(most, count(run)), 0),
    windowsOver: over(count),
  });
  return [
    way('mirrorlock', ({ pulls }) => pulls),
    way('file diff', ({ byFileDiff }) => byFileDiff),
    {
      way: 'skopeo sync by tag',
      pulls: bySyncTotal,
      mostInWindow: bySyncMost,
      windowsOver: limit === undefined ? null : bySyncOver(budgetOf(windows, limit)),
    },
  ];
}
