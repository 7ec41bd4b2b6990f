import { type Problem, placeText } from '../problem.ts';
import { code, prose } from './inline.ts';
import { type Markdown, md } from './markdown.ts';

/** A problem in one line: where, the rule, the value seen, a hint, and its code. */
export function problemText({ code: name, message, place, value, hint }: Problem): Markdown {
  const where = place === undefined ? md`` : md`${code(placeText(place))}: `;
  const seen = value === undefined ? md`` : md` Seen: ${code(value)}.`;
  const advice = hint === undefined ? md`` : md` ${prose(hint)}`;
  return md`${where}${prose(message)}${seen}${advice} (${code(name)})`;
}
