import { stripVTControlCharacters } from 'node:util';
import { textWidth } from './text-table.ts';

/** On a wider terminal lines stay as they are: tables and commands are easier to read and copy whole. */
const narrow = 60;
/** A line of source and its caret, which stand one below the other. */
const source = /^ *\d* \| /;

/** The parts of a text that are copied from a terminal, or read by a program. */
export interface Copied {
  /** Files, differences, scripts and data: their lines are not broken. */
  readonly verbatim?: readonly string[];
  /** Commands of a shell, each at the end of a line: where one is broken, a backslash stands before the line break. */
  readonly commands?: readonly string[];
}

/**
 * Breaks lines that a narrow terminal of so many columns has no room for, at blanks. What follows is indented by two more; names and
 * digests stay whole. `columns` is undefined where the text goes to no terminal: then it is as it was.
 */
export function wrapped(
  text: string,
  columns: number | undefined,
  { verbatim = [], commands = [] }: Copied = {},
): string {
  if (columns === undefined || columns >= narrow) return text;
  const whole = new Set(verbatim.flatMap((one) => one.split('\n')));
  return text
    .split('\n')
    .map((line) => {
      if (source.test(line) || whole.has(line)) return line;
      const command = commands.find((one) => line === one || line.endsWith(` ${one}`));
      return wrappedLine(line, columns, line.length - (command?.length ?? 0));
    })
    .join('\n');
}

const word = /[^ ]+/g;
/** The same in a command, where a blank in quotes ends no word. */
const shellWord = /(?:'[^']*'|"[^"]*"|[^ '"]|['"])+/g;
/** What stands at the end of a line of a command that goes on. */
const continued = ' \\';

/** @param commandAt where in the line a command begins; its end where it has none */
function wrappedLine(line: string, columns: number, commandAt: number): string {
  if (widthOf(line) <= columns) return line;
  const [indent = ''] = /^ */.exec(line) ?? [];
  const words = [...line.slice(0, commandAt).matchAll(word), ...line.slice(commandAt).matchAll(shellWord)];
  const lines: string[] = [];
  let last = '';
  // Where the word before ends.
  let at = indent.length;
  for (const [one] of words) {
    const start = line.indexOf(one, at);
    const longer = (last === '' ? indent : last + line.slice(at, start)) + one;
    at = start + one.length;
    const goesOn = at > commandAt && at < line.length ? continued.length : 0;
    if (last === '' || widthOf(longer) + goesOn <= columns) {
      last = longer;
      continue;
    }
    lines.push(start > commandAt ? last + continued : last);
    last = `${indent}  ${one}`;
  }
  return [...lines, last].join('\n');
}

function widthOf(text: string): number {
  return textWidth(stripVTControlCharacters(text));
}
