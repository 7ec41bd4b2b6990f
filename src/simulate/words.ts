import type { ScenarioReport, SimulationReport } from './report-types.ts';
import type { Spread } from './statistics.ts';

/** A whole number with commas between thousands; others with one decimal. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Number.isInteger(value) ? 0 : 1 });
}

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
    row('lockfile lines a pull request', ({ perRun }) => spreadText(perRun.lines)),
    row('counted pulls a window that has any', ({ perRun }) => spreadText(perRun.pulls)),
    row('counted pulls in all', ({ perRun }) => number(perRun.pulls.total)),
    ...(inputs.limit === null
      ? []
      : [
          limited('windows over the limit', ({ windowsOver }) => number(windowsOver)),
          limited('most pulls that waited', ({ mostWaiting }) => number(mostWaiting)),
          limited('longest time that pulls waited', ({ longestWaitWindows }) => hours(longestWaitWindows)),
          limited('pulls that wait at the end', ({ waitingAtEnd }) => number(waitingAtEnd)),
        ]),
  ];
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
