import type { ScenarioReport, SimulationReport } from '../report-types.ts';
import type { RuleCost } from '../rule-costs.ts';
import { figureRows, number, scenarioName, spreadText, summary, wayHead, wayRows } from '../words.ts';
import { barChart, columnChart, type Point } from './charts.ts';
import { html, Markup, tableMarkup } from './markup.ts';
import { bySpan } from './series.ts';
import { style } from './style.ts';

const shownImages = 12;

/** The report as one page that needs nothing else: no script, no font, no picture. Each chart's figures stand in a table too. */
export function reportHtml(report: SimulationReport): string {
  const names = report.scenarios.map((scenario) => scenarioName(scenario, report));
  const title = 'What a mirror of official images costs';
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>${new Markup(style)}</style></head><body><main>
<h1>${title}</h1><p>${summary(report)}</p>
${tableMarkup(
  'In short (median / 90th percentile / most)',
  ['', ...names],
  figureRows(report).map(({ label, cells }) => [label, ...cells]),
)}
${report.scenarios.map((scenario, index) => scenarioSection(scenario, index, report))}
<h2>Other ways on the same schedule</h2>
${tableMarkup('Counted pulls', wayHead, wayRows(report))}
${report.scenarios.map(rulesSection)}
<h2>Inputs</h2>${inputsTable(report)}
<h2>Assumptions</h2><ul>${report.assumptions.map((sentence) => html`<li>${sentence}</li>`)}</ul>
<p>The back-test held: ${number(report.backTest.imagesChecked)} images in ${number(report.backTest.runs)} runs.</p>
</main></body></html>
`;
  return page.text;
}

function scenarioSection(scenario: ScenarioReport, index: number, report: SimulationReport): Markup {
  const { limit, perRun, images } = scenario;
  const name = scenarioName(scenario, report);
  const add = (one: number, other: number) => one + other;
  const changed = bySpan(report, scenario.series, (point) => point.changed, add);
  const pulls = bySpan(report, scenario.series, (point) => point.pulls, Math.max);
  const waiting = bySpan(report, scenario.series, (point) => point.waiting, Math.max);
  const dearest = images.slice(0, shownImages).map(({ image, pulls: value }): Point => ({ label: image, value }));
  const span = changed.days === 1 ? 'a day' : `${changed.days} days`;
  const mark = limit === null ? {} : { mark: { label: `limit ${number(limit.pulls)}`, value: limit.pulls } };
  const over = limit === null ? '' : ` ${number(limit.windowsOver)} windows ask for more than ${number(limit.pulls)}.`;
  return html`<h2>${capital(name)}</h2>
${columnChart({ id: `tags-${index}`, title: `Tags that changed, in ${span}`, unit: 'tags', points: changed.points, description: `${number(perRun.tagsMoved.total)} tags moved, ${number(perRun.tagsAdded.total)} added, ${number(perRun.tagsRemoved.total)} removed, ${number(perRun.tagsRebuilt.total)} rebuilt in place.` })}
${columnChart({ id: `pulls-${index}`, title: `Counted pulls that a window asks for, the most in ${span}`, unit: 'pulls', points: pulls.points, description: `${number(perRun.pulls.total)} in all; median, 90th percentile and most of a window: ${spreadText(perRun.pulls)}.${over}`, ...mark })}
${limit === null ? html`` : columnChart({ id: `backlog-${index}`, title: `Counted pulls that wait, the most in ${span}`, unit: 'pulls', points: waiting.points, description: `Pulls waited after ${number(limit.windowsWaiting)} runs, ${number(limit.mostWaiting)} at most, ${number(limit.longestWaitWindows)} windows at the longest.` })}
${barChart({ id: `images-${index}`, title: 'The dearest images, in counted pulls', unit: 'pulls', bars: dearest, description: dearest.map(({ label, value }) => `${label} ${number(value)}`).join(', ') })}
<details><summary>The figures of these charts</summary>
${tableMarkup(
  `By ${span}`,
  ['from', 'tags changed', 'most pulls a window', 'most pulls waiting'],
  changed.points.map(({ label, value }, at) => [
    label,
    ...[value, pulls.points[at]?.value ?? 0, waiting.points[at]?.value ?? 0].map(number),
  ]),
)}
${tableMarkup(
  'By image',
  ['image', 'pulls', 'runs', 'groups', 'tags', 'lines'],
  images.map((image) => [image.image, ...[image.pulls, image.runs, image.groups, image.tags, image.lines].map(number)]),
)}</details>`;
}

function rulesSection({ rules, config }: ScenarioReport): Markup {
  if (rules.length === 0) return html``;
  const bars = rules.map((cost): Point => ({ label: `${cost.kind} ${cost.rule}`, value: cost.pulls }));
  const cells = ({ kind, rule, place = '', groups, pulls }: RuleCost) => [
    rule,
    kind,
    place,
    number(groups),
    number(pulls),
  ];
  const title = `What each rule of ${config} costs or saves, in counted pulls, proved by history`;
  return html`<h2>The effect of the rules of ${config}</h2>
<p>The difference that a rule’s absence would make. Below 0 is what a filter saves.</p>
${barChart({ id: `rules-${config.replace(/\W/g, '-')}`, title, unit: 'pulls', bars, description: bars.map(({ label, value }) => `${label}: ${number(value)}`).join('; ') })}
${tableMarkup('By rule', ['rule', 'kind', 'place', 'groups', 'pulls'], rules.map(cells))}`;
}

function inputsTable({ inputs, scenarios, history }: SimulationReport): Markup {
  const model = inputs.rebuildModel;
  return tableMarkup(
    'What was simulated',
    ['', ''],
    [
      ['upstream', inputs.upstream.repository],
      ['commits', `${inputs.upstream.from} to ${inputs.upstream.to} (${number(history.commits)})`],
      ['configurations', [...new Set(scenarios.map(({ config }) => config))].join(', ')],
      ['first and last run', `${inputs.firstRun}, ${inputs.lastRun}`],
      ['a run every', `${number(inputs.everySeconds / 3600)} h`],
      ['limit', inputs.limit === null ? 'none' : `${number(inputs.limit)} counted pulls in six hours`],
      ['model of rebuilds', model === null ? 'none' : `${model.kind}, share ${model.share}, seed ${model.seed}`],
    ],
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
