import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { counted } from '../../core/words.ts';
import { html, type Markup, tableMarkup } from '../../simulate/html/charts.ts';
import { number } from '../../simulate/statistics.ts';
import { type ChangeCause, changeCauses, type Week } from '../weeks.ts';

const [width, height] = [920, 260];
const margin = { left: 56, right: 8, top: 12, bottom: 30 };

/** Words for the legend, and for the figures and labels. */
const causeWords: Readonly<Record<ChangeCause, { readonly long: string; readonly short: string }>> = {
  release: { long: 'release: one version became another', short: 'by a release' },
  source: { long: 'its Dockerfile changed', short: 'by its Dockerfile' },
  base: { long: 'a base moved: what it rests on was rebuilt or changed', short: 'by its base' },
  rebuilt: { long: 'rebuilt without a known cause', short: 'rebuilt' },
  moved: { long: 'moved to another build without a known cause', short: 'moved' },
  added: { long: 'added', short: 'added' },
  rules: { long: 'the rules of mirrors.yaml changed', short: 'by the rules' },
  ended: { long: 'ended: upstream dropped it', short: 'ended' },
  removed: { long: 'removed without a known cause', short: 'removed' },
};

/** How many tags changed each week, by cause; its figures stand in a table too. Causes that no week has are left out. */
export function changesChart(id: string, weeks: readonly Week[]): Markup {
  const sum = (cause: ChangeCause) => weeks.reduce((total, { counts }) => total + counts[cause], 0);
  const causes = changeCauses.filter((cause) => sum(cause) > 0);
  const layers = stack<unknown, Week, ChangeCause>()
    .keys(causes)
    .value(({ counts }, cause) => counts[cause])(weeks);
  const most = Math.max(0, ...layers.flatMap((layer) => layer.map(([, top]) => top)));
  const { x, y, axes } = frame(
    weeks.map(({ from }) => from),
    most,
  );
  const bars = layers.map((layer) => {
    const rows = layer.flatMap(([low, high], index) => {
      const week = weeks[index];
      if (week === undefined || high === low) return [];
      const label = `Week of ${week.from}: ${number(high - low)} ${causeWords[layer.key].short}`;
      return html`<rect x="${fixed(x(week.from) ?? 0)}" y="${fixed(y(high))}" width="${fixed(x.bandwidth())}" height="${fixed(y(low) - y(high))}"><title>${label}</title></rect>`;
    });
    return html`<g class="k-${layer.key}">${rows}</g>`;
  });
  const legend = causes.map(
    (cause) => html`<li class="k-${cause}"><span class="swatch"></span>${causeWords[cause].long}</li>`,
  );
  const description = causes.map((cause) => `${number(sum(cause))} ${causeWords[cause].short}`).join(', ');
  const table = tableMarkup(
    'Tags by week',
    ['week of', ...causes.map((cause) => causeWords[cause].short)],
    weeks.map(({ from, counts }) => [from, ...causes.map((cause) => number(counts[cause]))]),
  );
  const content = html`${axes}${bars}`;
  const after = causes.length === 0 ? html`` : html`<ul class="legend">${legend}</ul>${figures(table)}`;
  return figure(id, 'Tags that changed, by week and cause', description || 'No tag changed.', content, after);
}

/** How many tags were announced and not published, the most of each week. */
export function pendingChart(id: string, weeks: readonly Week[]): Markup {
  const most = Math.max(0, ...weeks.map(({ pending }) => pending));
  const { x, y, axes } = frame(
    weeks.map(({ from }) => from),
    most,
  );
  const bars = weeks.map(({ from, pending }) =>
    pending === 0
      ? html``
      : html`<rect x="${fixed(x(from) ?? 0)}" y="${fixed(y(pending))}" width="${fixed(x.bandwidth())}" height="${fixed(y(0) - y(pending))}"><title>${`Week of ${from}: ${number(pending)} pending`}</title></rect>`,
  );
  const table = tableMarkup(
    'Pending tags by week',
    ['week of', 'most pending'],
    weeks.map(({ from, pending }) => [from, number(pending)]),
  );
  const description = `At most ${counted(most, 'tag')}; ${number(weeks.at(-1)?.pending ?? 0)} in the last week.`;
  const title = 'Tags that were announced and not published, by week';
  return figure(id, title, description, html`${axes}<g class="k-pending">${bars}</g>`, figures(table));
}

export interface Bar {
  readonly name: string;
  readonly href: string;
  readonly value: number;
}

const [row, nameWidth] = [22, 180];

/** Bars with names that are links, the longest first; nothing where there is none. */
export function barsChart(id: string, title: string, unit: string, bars: readonly Bar[]): Markup {
  if (bars.length === 0) return html``;
  const x = scaleLinear([0, Math.max(1, ...bars.map(({ value }) => value))], [0, width - nameWidth - 70]);
  const lines = bars.map(({ name, href, value }, index) => {
    const middle = index * row + 15;
    return html`<a href="${href}"><text class="name" x="${nameWidth - 8}" y="${middle}">${name}</text><rect class="bar" x="${nameWidth}" y="${index * row + 3}" width="${fixed(Math.max(1, x(value)))}" height="${row - 7}"><title>${`${name}: ${number(value)} ${unit}`}</title></rect><text class="value" x="${fixed(nameWidth + x(value) + 6)}" y="${middle}">${number(value)}</text></a>`;
  });
  return html`<figure><figcaption id="${id}-title">${title}</figcaption><svg viewBox="0 0 ${width} ${bars.length * row + 4}" role="group" aria-labelledby="${id}-title">${lines}</svg></figure>`;
}

function frame(weeks: readonly string[], most: number) {
  const x = scaleBand(weeks, [margin.left, width - margin.right]).paddingInner(0.15);
  const y = scaleLinear([0, Math.max(1, most)], [height - margin.bottom, margin.top]).nice();
  // There is no part of a tag.
  const grid = y
    .ticks(5)
    .filter(Number.isInteger)
    .map(
      (tick) =>
        html`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${fixed(y(tick))}" y2="${fixed(y(tick))}"/><text class="scale" x="${margin.left - 8}" y="${fixed(y(tick) + 4)}">${number(tick)}</text>`,
    );
  const every = Math.max(1, Math.ceil(weeks.length / 8));
  const labels = weeks.flatMap((week, index) =>
    index % every === 0 ? html`<text class="axis" x="${fixed(x(week) ?? 0)}" y="${height - 8}">${week}</text>` : [],
  );
  return { x, y, axes: html`${grid}${labels}` };
}

function figure(id: string, title: string, description: string, content: Markup, after: Markup): Markup {
  return html`<figure><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
${content}</svg>${after}</figure>`;
}

function figures(table: Markup): Markup {
  return html`<details><summary>The figures</summary>${table}</details>`;
}

function fixed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
