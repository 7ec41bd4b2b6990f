import { number } from '../statistics.ts';

/** A value at a moment; `label` names the moment. */
export interface Point {
  readonly label: string;
  readonly value: number;
}

interface TimeChart {
  readonly id: string;
  readonly title: string;
  /** What a screen reader says of it. */
  readonly description: string;
  readonly unit: string;
  /** In order, evenly apart. */
  readonly points: readonly Point[];
  /** A line across, such as the limit. */
  readonly mark?: Point;
}

const [width, height, left, bottom, top] = [920, 240, 64, 34, 14];

/** Columns over time. It is drawn to scale from 0; the highest column and the mark are named in text. */
export function columnChart({ id, title, description, unit, points, mark }: TimeChart): Markup {
  const most = niceCeiling(Math.max(1, mark?.value ?? 0, ...points.map(({ value }) => value)));
  const step = (width - left) / Math.max(1, points.length);
  const y = (value: number) => top + (height - top - bottom) * (1 - value / most);
  const columns = points.map(({ label, value }, index) =>
    value === 0
      ? html``
      : html`<rect class="bar" x="${(left + index * step).toFixed(2)}" y="${y(value).toFixed(2)}" width="${Math.max(0.6, step * 0.85).toFixed(2)}" height="${(y(0) - y(value)).toFixed(2)}"><title>${`${label}: ${number(value)} ${unit}`}</title></rect>\n`,
  );
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => gridLine(y(most * part), number(most * part)));
  const labels = labelled(points).map(
    ({ label, index }) =>
      html`<text class="axis" x="${(left + index * step).toFixed(1)}" y="${height - 12}">${label}</text>`,
  );
  const line =
    mark === undefined
      ? html``
      : html`<line class="mark" x1="${left}" x2="${width}" y1="${y(mark.value).toFixed(2)}" y2="${y(mark.value).toFixed(2)}"/><text class="marked" x="${width - 4}" y="${(y(mark.value) - 5).toFixed(2)}">${mark.label}</text>`;
  return figure(id, title, description, height, html`${grid}${columns}${line}${labels}`);
}

function gridLine(at: number, label: string): Markup {
  return html`<line class="grid" x1="${left}" x2="${width}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/><text class="scale" x="${left - 8}" y="${(at + 4).toFixed(1)}">${label}</text>`;
}

function labelled(points: readonly Point[]): { label: string; index: number }[] {
  const every = Math.max(1, Math.ceil(points.length / 9));
  return points.map(({ label }, index) => ({ label, index })).filter(({ index }) => index % every === 0);
}

interface BarChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly bars: readonly Point[];
}

const [row, nameWidth] = [26, 300];
const longestName = 44;

/** Bars beside their names; a value below 0, which is saved, is a bar of another look. */
export function barChart({ id, title, description, unit, bars }: BarChart): Markup {
  const most = Math.max(1, ...bars.map(({ value }) => Math.abs(value)));
  const room = width - nameWidth - 110;
  const lines = bars.map(({ label, value }, index) => {
    const length = (Math.abs(value) / most) * room;
    const name = label.length > longestName ? `${label.slice(0, longestName - 1)}…` : label;
    const middle = index * row + 17;
    return html`<text class="name" x="${nameWidth - 8}" y="${middle}">${name}<title>${label}</title></text><rect class="${value < 0 ? 'saved' : 'bar'}" x="${nameWidth}" y="${index * row + 4}" width="${Math.max(1, length).toFixed(1)}" height="${row - 9}"><title>${`${label}: ${number(value)} ${unit}`}</title></rect><text class="value" x="${(nameWidth + length + 6).toFixed(1)}" y="${middle}">${number(value)}</text>\n`;
  });
  return figure(id, title, description, bars.length * row + 6, html`${lines}`);
}

function figure(id: string, title: string, description: string, tall: number, content: Markup): Markup {
  return html`<figure><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${width} ${tall}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
${content}</svg></figure>`;
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Markup[];

/** HTML of a template: strings that are put in are escaped, as names of files, images and rules come from others. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + show(values[index - 1] ?? '') + part));
}

function show(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table with a caption; the first column of each row is its heading. */
export function tableMarkup(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const headings = head.map((cell) => html`<th scope="col">${cell}</th>`);
  const lines = rows.map(
    ([first = '', ...rest]) =>
      html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="wide"><table><caption>${caption}</caption><thead><tr>${headings}</tr></thead><tbody>\n${lines}</tbody></table></div>`;
}
