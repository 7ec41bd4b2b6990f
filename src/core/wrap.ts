import { stripVTControlCharacters } from 'node:util';
import { textWidth } from './text-table.ts';

/** On a wider terminal lines stay as they are: tables and commands are easier to read and copy whole. */
const narrow = 60;
/** A line of source and its caret, which stand one below the other. */
const source = /^ *\d* \| /;

/**
 * Breaks lines that a narrow terminal of so many columns has no room for, at blanks. What follows is indented by two more; names and
 * digests stay whole. `columns` is undefined where the text goes to no terminal: then it is as it was.
 */
export function wrapped(text: string, columns: number | undefined): string {
  if (columns === undefined || columns >= narrow) return text;
  return text
    .split('\n')
    .map((line) => (source.test(line) ? line : wrappedLine(line, columns)))
    .join('\n');
}

function wrappedLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let last = '';
  for (const word of line.slice(indent.length).split(/ +/)) {
    const longer = last === '' ? indent + word : `${last} ${word}`;
    if (last === '' || widthOf(longer) <= columns) {
      last = longer;
      continue;
    }
    lines.push(last);
    last = `${indent}  ${word}`;
  }
  return [...lines, last].join('\n');
}

function widthOf(text: string): number {
  return textWidth(stripVTControlCharacters(text));
}
