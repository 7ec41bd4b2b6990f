import { styleText } from 'node:util';
import type { Place, Problem } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { caretLines } from './caret.ts';

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

/** `file:line:column`, as far as it is known. */
function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** Text on one line, without control characters, and not longer than is useful. */
function shown(text: string, most = maxShown): string {
  return cleanText(text, most + 1);
}
