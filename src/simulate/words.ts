import type { EvidenceFigures, ScenarioReport, SimulationReport } from './report-types.ts';
import { number, type Spread } from './statistics.ts';

/** Median, 90th percentile and maximum: `36 / 113 / 231`. */
export function spreadText({ median, p90, most }: Spread): string {
  return `${number(median)} / ${number(p90)} / ${number(most)}`;
}

/** How a table heads the column of a scenario. */
export function scenarioName({ config, rebuilds }: ScenarioReport, { scenarios }: SimulationReport): string {
  const what = rebuilds === 'proved' ? 'proved by history' : 'with modelled rebuilds';
  const several = new Set(scenarios.map((scenario) => scenario.config)).size > 1;
  return several ? `${config}, ${what}` : what;
}

/** Rows of one thing each, with a cell for each scenario. */
export interface FigureRow {
  readonly label: string;
  readonly cells: readonly string[];
}

/** The figures that matter, a column a scenario. */
export function figureRows({ scenarios, inputs }: SimulationReport): FigureRow[] {
  const row = (label: string, cell: (scenario: ScenarioReport) => string): FigureRow => ({
    label,
    cells: scenarios.map(cell),
  });
  const hours = (windows: number) => `${number((windows * inputs.everySeconds) / 3600)} h`;
  const limited = (label: string, cell: (limit: NonNullable<ScenarioReport['limit']>) => string) =>
    row(label, ({ limit }) => (limit === null ? '-' : cell(limit)));
  return [
    row('first run: images, groups, tags', ({ first }) =>
      [first.images, first.groups, first.tags].map(number).join(', '),
    ),
    row('first run: counted pulls', ({ first }) => number(first.pulls)),
    row('runs with a change', ({ runs }) => number(runs.changed)),
    row('runs without', ({ runs }) => number(runs.unchanged)),
    row('pull requests a week', ({ pullRequestsPerWeek }) => number(pullRequestsPerWeek)),
    row('groups changed (median / p90 / most a run)', ({ perRun }) => spreadText(perRun.groups)),
    row('tags moved', ({ perRun }) => spreadText(perRun.tagsMoved)),
    row('tags added', ({ perRun }) => spreadText(perRun.tagsAdded)),
    row('tags removed', ({ perRun }) => spreadText(perRun.tagsRemoved)),
    row('tags rebuilt in place', ({ perRun }) => spreadText(perRun.tagsRebuilt)),
    row('a pull request: releases', ({ perRun }) => spreadText(perRun.releases)),
    row('a pull request: rebuilds', ({ perRun }) => spreadText(perRun.rebuilds)),
    row('a pull request: endings', ({ perRun }) => spreadText(perRun.endings)),
    row('lockfile lines a pull request', ({ perRun }) => spreadText(perRun.lines)),
    row('counted pulls a window that has any', ({ perRun }) => spreadText(perRun.pulls)),
    row('counted pulls in all', ({ perRun }) => number(perRun.pulls.total)),
    ...(inputs.limit === null
      ? []
      : [
          limited('windows over the limit', ({ windowsOver }) => number(windowsOver)),
          limited('most pulls that waited', ({ mostWaiting }) => number(mostWaiting)),
          limited('longest time that one pull waited', ({ longestPullWaitWindows }) => hours(longestPullWaitWindows)),
          limited('longest time in which any pull waited', ({ longestWaitWindows }) => hours(longestWaitWindows)),
          limited('pulls that wait at the end', ({ waitingAtEnd }) => number(waitingAtEnd)),
        ]),
    ...evidenceRows(scenarios, row),
  ];
}

function evidenceRows(
  scenarios: readonly ScenarioReport[],
  row: (label: string, cell: (scenario: ScenarioReport) => string) => FigureRow,
): FigureRow[] {
  if (scenarios.every(({ evidence }) => evidence.kind === 'git')) return [];
  const read = (count: (evidence: EvidenceFigures) => number) => (scenario: ScenarioReport) =>
    scenario.evidence.kind === 'git' ? '-' : number(count(scenario.evidence));
  return [
    row(
      'pulls for evidence',
      read(({ pulls }) => pulls),
    ),
    row(
      'of them not needed by apply',
      read(({ extraPulls }) => extraPulls),
    ),
    row(
      'groups without evidence: share used up',
      read(({ unreadGroups }) => unreadGroups),
    ),
  ];
}

/** The conclusion of each configuration, with what a model adds where there is one; named where there are several. */
export function conclusions({ scenarios }: SimulationReport): string[] {
  const last = new Map(scenarios.map((scenario) => [scenario.config, scenario]));
  return [...last.values()].map(({ config, conclusion }) => {
    const text = conclusion.join(' ');
    return last.size > 1 ? `${config}: ${text}` : text;
  });
}

/** The headings and rows of the comparison with other ways. */
export function wayRows(report: SimulationReport): string[][] {
  return report.scenarios.flatMap((scenario) =>
    scenario.ways.map(({ way, pulls, mostInWindow, windowsOver }) => [
      way,
      scenarioName(scenario, report),
      number(pulls),
      number(mostInWindow),
      windowsOver === null ? '-' : number(windowsOver),
    ]),
  );
}

export const wayHead = ['way', 'of', 'counted pulls', 'most a window', 'windows over the limit'];

/** One line on what was simulated. */
export function summary({ inputs, history }: SimulationReport): string {
  const { firstRun, lastRun, everySeconds, upstream } = inputs;
  const every = `${number(everySeconds / 3600)} h`;
  const windows = `${number(history.windowsWithCommit)} of ${number(history.windows)} windows of ${every} hold a commit`;
  const groups = `${number(history.groupsInChangedFiles)} groups in them, ${number(history.groupsChanged.total)} really changed`;
  return `${firstRun} to ${lastRun}, ${upstream.repository} up to ${upstream.to.slice(0, 12)}: ${windows}; ${number(history.changedFiles)} files changed, ${groups} (${spreadText(history.groupsChanged)})`;
}
