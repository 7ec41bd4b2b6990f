import type { Config } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import type { UpstreamHistory } from '../upstream/types.ts';
import { assumptions } from './assumptions.ts';
import { historyFigures } from './history-figures.ts';
import { LockText } from './lock-text.ts';
import type { SimulationOptions } from './options.ts';
import { countBuilds, drawRebuilds, type Rebuilds } from './rebuilds.ts';
import type { ScenarioReport, SimulationReport } from './report-types.ts';
import { ruleCosts } from './rule-costs.ts';
import { moment, scenarioReport } from './scenario-report.ts';
import { sum } from './statistics.ts';
import { readTimeline, type TimelineStep } from './timeline.ts';
import { walk } from './walk.ts';
import { layWindows, type Windows } from './windows.ts';

/** A history laid out for the runs of a simulation: what its walks share. */
export interface World {
  readonly history: UpstreamHistory;
  readonly options: SimulationOptions;
  readonly windows: Windows;
  readonly timeline: readonly TimelineStep[];
  /** Absent: no model of rebuilds is asked for. */
  readonly rebuilds: Rebuilds | undefined;
  readonly text: LockText;
}

/** What came of one walk. */
export interface Walked {
  readonly scenario: ScenarioReport;
  /** How many images the back-test looked at, over all runs. */
  readonly imagesChecked: number;
}

/**
 * Reads a history for the runs that the options ask for. Throws a UserError `simulate/too-many-runs`.
 *
 * @param text how lines are counted; walks that share it write each entry once
 */
export function layOut(history: UpstreamHistory, options: SimulationOptions, text = new LockText()): World {
  const windows = layWindows(history, options);
  const timeline = readTimeline(history, windows);
  const model = options.rebuilds;
  const rebuilds = model && drawRebuilds(model, timeline, windows, countBuilds(timeline, windows));
  return { history, options, windows, timeline, rebuilds, text };
}

/**
 * Walks through what history proves, with the rules of each configuration. Throws a UserError `simulate/back-test` where
 * something does not hold that must.
 */
export function walkProved({ timeline, windows, options, text }: World, configs: readonly Config[]): Walked[] {
  const { limit } = options;
  return configs.map((config) => {
    const result = walk(timeline, windows, { config, text, ...(limit === undefined ? {} : { limit }) });
    const rules = ruleCosts(timeline, windows, config, result.images);
    const scenario = scenarioReport(config.file, 'proved', result, windows, rules, limit);
    return { scenario, imagesChecked: result.checked };
  });
}

/** The same with the model's rebuilds besides; nothing where no model is asked for. Throws as {@link walkProved} does. */
export function walkModelled(
  { timeline, windows, options, rebuilds, text }: World,
  configs: readonly Config[],
): Walked[] {
  const { limit } = options;
  if (rebuilds === undefined) return [];
  return configs.map((config) => {
    const result = walk(timeline, windows, { config, text, rebuilds, ...(limit === undefined ? {} : { limit }) });
    return {
      scenario: scenarioReport(config.file, 'modelled', result, windows, [], limit),
      imagesChecked: result.checked,
    };
  });
}

/** The report on walks with the same configurations, in the same order. */
export function reportOf(
  { history, options, windows, timeline }: World,
  configs: readonly Config[],
  proved: readonly Walked[],
  modelled: readonly Walked[],
): SimulationReport {
  const walked = configs.flatMap((_, index) => [proved[index] ?? [], modelled[index] ?? []].flat());
  const scenarios = walked.map(({ scenario }) => scenario);
  const { rebuilds: model, limit } = options;
  return {
    schema: 'mirrorlock/simulate/v1',
    inputs: {
      upstream: {
        repository: history.repository,
        from: timeline[0]?.commit ?? '',
        to: timeline.at(-1)?.commit ?? '',
      },
      firstRun: moment(windows, 0),
      lastRun: moment(windows, windows.runs),
      everySeconds: windows.every,
      limit: limit ?? null,
      rebuildModel: model ?? null,
    },
    history: historyFigures(windows, timeline),
    scenarios,
    backTest: {
      runs: sum(scenarios.map(({ runs }) => runs.total + 1)),
      imagesChecked: sum(walked.map(({ imagesChecked }) => imagesChecked)),
    },
    assumptions: assumptions(model, limit),
    warnings: warningsOf(history, configs, options),
  };
}

/**
 * Goes through a history with the rules of one or more configurations, and reports what they would have cost: first what
 * history proves, then, with a model of rebuilds, both together. Pure.
 *
 * Throws UserErrors `simulate/too-many-runs`, and `simulate/back-test` where something does not hold that must.
 */
export function simulate(
  history: UpstreamHistory,
  configs: readonly Config[],
  options: SimulationOptions,
): SimulationReport {
  const world = layOut(history, options);
  return reportOf(world, configs, walkProved(world, configs), walkModelled(world, configs));
}

function warningsOf(history: UpstreamHistory, configs: readonly Config[], { until }: SimulationOptions): Problem[] {
  const late = until !== undefined && until > history.lastTime + 86_400;
  const message = 'Upstream has no commit for the last days of the range: they are left out.';
  return [
    ...history.notes,
    ...configs.flatMap(({ warnings }) => warnings),
    ...(late ? [{ code: 'simulate/after-history', severity: 'warning' as const, message }] : []),
  ];
}
