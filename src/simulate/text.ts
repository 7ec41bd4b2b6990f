import { textTable } from '../core/text-table.ts';
import type { ScenarioReport, SimulationReport } from './report-types.ts';
import { number } from './statistics.ts';
import { conclusions, figureRows, scenarioName, summary, wayHead, wayRows } from './words.ts';

const shownImages = 10;

/** The report for a terminal. */
export function reportText(report: SimulationReport): string {
  const names = report.scenarios.map((scenario) => scenarioName(scenario, report));
  const figures = figureRows(report).map(({ label, cells }) => [label, ...cells]);
  const last = report.scenarios.filter(({ rebuilds }) => rebuilds === 'modelled');
  const dearest = last.length > 0 ? last : report.scenarios;
  return [
    ...conclusions(report),
    '',
    summary(report),
    '',
    textTable(['', ...names], figures),
    '',
    textTable(wayHead, wayRows(report), 2),
    ...dearest.flatMap((scenario) => [
      '',
      `The dearest images, ${scenarioName(scenario, report)}:`,
      imageTable(scenario),
    ]),
    ...report.scenarios.flatMap((scenario) => (scenario.rules.length === 0 ? [] : ['', ruleTable(scenario)])),
    '',
    `The back-test held: ${number(report.backTest.imagesChecked)} images in ${number(report.backTest.runs)} runs.`,
    '',
    'Assumptions:',
    ...report.assumptions.map((sentence) => `- ${sentence}`),
  ].join('\n');
}

function imageTable({ images }: ScenarioReport): string {
  const rows = images
    .slice(0, shownImages)
    .map(({ image, runs, groups, tags, lines, pulls }) => [image, ...[pulls, runs, groups, tags, lines].map(number)]);
  return textTable(['image', 'pulls', 'runs', 'groups', 'tags', 'lines'], rows);
}

function ruleTable({ config, rules }: ScenarioReport): string {
  const rows = rules.map(({ kind, rule, place = '', groups, pulls }) => [
    kind,
    rule,
    place,
    number(groups),
    number(pulls),
  ]);
  return `What each rule of ${config} costs (below 0: saves), proved by history:\n${textTable(['', 'rule', 'place', 'groups', 'pulls'], rows, 3)}`;
}
