import type { Config } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
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
import { readTimeline } from './timeline.ts';
import { walk } from './walk.ts';
import { layWindows } from './windows.ts';

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
  progress: Progress = noProgress,
): SimulationReport {
  const windows = layWindows(history, options);
  const timeline = readTimeline(history, windows);
  const { rebuilds: model, limit } = options;
  const drawn = model && drawRebuilds(model, timeline, windows, countBuilds(timeline, windows));
  const ways: readonly (Rebuilds | undefined)[] = drawn === undefined ? [undefined] : [undefined, drawn];
  const task = progress.start('Simulating', configs.length * ways.length);
  const text = new LockText();
  const scenarios: ScenarioReport[] = [];
  let imagesChecked = 0;
  for (const config of configs) {
    for (const rebuilds of ways) {
      const scenario = { config, text, ...(rebuilds && { rebuilds }), ...(limit === undefined ? {} : { limit }) };
      const result = walk(timeline, windows, scenario);
      const rules = rebuilds === undefined ? ruleCosts(timeline, windows, config, result.images) : [];
      scenarios.push(
        scenarioReport(config.file, rebuilds === undefined ? 'proved' : 'modelled', result, windows, rules, limit),
      );
      imagesChecked += result.checked;
      task.advance(1, config.file);
    }
  }
  task.end(`${windows.runs} runs`);
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
    backTest: { runs: sum(scenarios.map(({ runs }) => runs.total + 1)), imagesChecked },
    assumptions: assumptions(model, limit),
    warnings: warningsOf(history, configs, options),
  };
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
