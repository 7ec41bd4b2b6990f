import { styleText } from 'node:util';
import { type Problem, placeText } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { textWidth } from '../core/text-table.ts';

const maxShown = 300;
/** A registry's own words are kept up to 2 KB. */
const maxMessage = 2_500;

/**
 * A problem as text: `file:line:column`, severity and code; the rule; the source line with a caret; the value; the
 * hint. Control characters of what was seen are shown as spaces, so that no text from outside can drive a terminal.
 */
export function problemText(problem: Problem, colour: boolean): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const { place, severity, code, message, value, hint } = problem;
  const where = place === undefined ? '' : `${shown(placeText(place))}: `;
  const what = paint(severity === 'error' ? 'red' : 'yellow', `${severity} ${code}`);
  const lines = [`${where}${what}: ${shown(message, maxMessage)}`];
  if (place?.source !== undefined && place.line !== undefined) {
    const { line, source, column = 1, length = 1 } = place;
    lines.push(...caretLines({ line, source, column, length }));
  }
  if (value !== undefined) lines.push(`  seen: ${shown(value)}`);
  if (hint !== undefined) lines.push(`  ${paint('cyan', 'hint')}: ${shown(hint)}`);
  return lines.join('\n');
}

/** Text on one line, without control characters, and not longer than is useful. */
function shown(text: string, most = maxShown): string {
  return cleanText(text, most + 1);
}

/** How much of a long line is shown on each side of where the caret begins, in characters. */
const shownBefore = 80;
const shownFrom = 120;

/** A part of a source line: `column` counts from 1 in UTF-16 code units, as editors do, and `length` in the same. */
export interface Marked {
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/**
 * The source line and the carets under its marked part, as a terminal shows them: wide characters take two columns,
 * and what takes none, or would drive the terminal, is shown as a space. A long line is cut on both sides.
 */
function caretLines({ source, line, column, length }: Marked): [string, string] {
  const before = cutLeft(visible(source.slice(0, column - 1)));
  const from = cutRight(visible(source.slice(column - 1)));
  const marked = visible(source.slice(column - 1, column - 1 + length));
  const carets = Math.min(textWidth(marked), textWidth(from));
  const gutter = `  ${line} | `;
  return [
    gutter + before + from,
    `${' '.repeat(gutter.length - 2)}| ${' '.repeat(textWidth(before))}${'^'.repeat(Math.max(1, carets))}`,
  ];
}

/** Text with a space in place of each character that is not to be seen. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ');
}

function cutLeft(text: string): string {
  const characters = [...text];
  return characters.length > shownBefore ? `…${characters.slice(-shownBefore + 1).join('')}` : text;
}

function cutRight(text: string): string {
  const characters = [...text];
  return characters.length > shownFrom ? `${characters.slice(0, shownFrom - 1).join('')}…` : text;
}
