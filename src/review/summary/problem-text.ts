import { code, prose } from '../../core/markdown/inline.ts';
import { type Markdown, md } from '../../core/markdown/markdown.ts';
import type { Place, Problem } from '../../core/problem.ts';

/** A problem in one line: where, the rule, the value seen, a hint, and its code. */
export function problemText({ code: name, message, place, value, hint }: Problem): Markdown {
  const where = place === undefined ? md`` : md`${code(placeText(place))}: `;
  const seen = value === undefined ? md`` : md` Seen: ${code(value)}.`;
  const advice = hint === undefined ? md`` : md` ${prose(hint)}`;
  return md`${where}${prose(message)}${seen}${advice} (${code(name)})`;
}

function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
