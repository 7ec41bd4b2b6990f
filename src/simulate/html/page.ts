import type { ScenarioReport, SeriesPoint, SimulationReport } from '../report-types.ts';
import type { RuleCost } from '../rule-costs.ts';
import { number } from '../statistics.ts';
import { conclusions, figureRows, scenarioName, spreadText, summary, wayHead, wayRows } from '../words.ts';
import { barChart, columnChart, html, Markup, type Point, tableMarkup } from './charts.ts';

const shownImages = 12;

/** The report as one page that needs nothing else: no script, no font, no picture. Each chart's figures stand in a table too. */
export function reportHtml(report: SimulationReport): string {
  const names = report.scenarios.map((scenario) => scenarioName(scenario, report));
  const title = 'What a mirror of official images costs';
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>${new Markup(style)}</style></head><body><main>
<h1>${title}</h1>${conclusions(report).map((text) => html`<p class="lead">${text}</p>`)}
<p>${summary(report)}</p>
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
${limit === null ? html`` : columnChart({ id: `backlog-${index}`, title: `Counted pulls that wait, the most in ${span}`, unit: 'pulls', points: waiting.points, description: `Pulls waited after ${number(limit.windowsWaiting)} runs, ${number(limit.mostWaiting)} at most; one pull for ${number(limit.longestPullWaitWindows)} windows at the longest, any for ${number(limit.longestWaitWindows)}.` })}
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
      ['evidence for reviewers', [...new Set(scenarios.map(evidenceText))].join('; ')],
      ['model of rebuilds', model === null ? 'none' : `${model.kind}, share ${model.share}, seed ${model.seed}`],
    ],
  );
}

function evidenceText({ evidence: { kind, share, platform } }: ScenarioReport): string {
  if (kind === 'git') return 'git';
  return `${kind}, at most ${number(share * 100)} % of the pulls${kind === 'contents' ? `, on ${platform}` : ''}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** So many columns are told apart on a screen and on paper. */
const mostColumns = 122;
const dayLength = 86_400_000;

/** Sums or peaks of a series by spans of whole days, as many as fit; spans in which nothing happened are 0. */
function bySpan(
  { inputs }: SimulationReport,
  series: readonly SeriesPoint[],
  pick: (point: SeriesPoint) => number,
  join: (one: number, other: number) => number,
): { readonly days: number; readonly points: readonly Point[] } {
  const begin = Date.parse(inputs.firstRun);
  const total = Math.max(1, (Date.parse(inputs.lastRun) - begin) / dayLength);
  const days = Math.ceil(total / mostColumns);
  const values = new Array<number>(Math.ceil(total / days)).fill(0);
  for (const point of series) {
    // A run tells of the window that it ends.
    const elapsed = Date.parse(point.at) - 1 - begin;
    const span = Math.min(values.length - 1, Math.max(0, Math.floor(elapsed / dayLength / days)));
    values[span] = join(values[span] ?? 0, pick(point));
  }
  const label = (index: number) => new Date(begin + index * days * dayLength).toISOString().slice(0, 10);
  return { days, points: values.map((value, index) => ({ label: label(index), value })) };
}

/** The page's style: light and dark by the reader's own setting, and black on white in print. */
const style = `:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#57606a;--paper:#fff;--line:#d8dee4;--bar:#0a66c2;--saved:#1a7f37;--mark:#b42318}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--quiet:#9da7b1;--paper:#0d1117;--line:#30363d;--bar:#58a6ff;--saved:#3fb950;--mark:#ff7b72}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:980px;padding:24px 20px 60px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:34px 0 8px;border-top:1px solid var(--line);padding-top:16px}
p.lead{font-size:18px}h3{font-size:15px;margin:20px 0 4px}p{margin:6px 0}code{font:13px ui-monospace,monospace}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:10px 0;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:4px 0}
th,td{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child{text-align:left;font-weight:400}thead th{color:var(--quiet);font-weight:600}
figure{margin:14px 0}figcaption{font-weight:600;margin-bottom:4px}svg{width:100%;height:auto;display:block}
.bar{fill:var(--bar)}.saved{fill:var(--saved)}.grid{stroke:var(--line)}.mark{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:6 4}
text{fill:var(--quiet);font:12px system-ui,sans-serif}.scale,.name,.marked{text-anchor:end}.marked{fill:var(--mark);font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:4px}.name{fill:var(--ink)}
details{margin:6px 0}summary{cursor:pointer;color:var(--quiet)}
@media print{:root{--ink:#000;--quiet:#333;--paper:#fff;--line:#bbb;--bar:#333;--saved:#888;--mark:#000}body{max-width:none;padding:0;font-size:11pt}figure{break-inside:avoid}details::details-content{content-visibility:visible}}`;
