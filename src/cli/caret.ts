import stringWidth from 'string-width';

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
export function caretLines({ source, line, column, length }: Marked): [string, string] {
  const before = cutLeft(visible(source.slice(0, column - 1)));
  const from = cutRight(visible(source.slice(column - 1)));
  const marked = visible(source.slice(column - 1, column - 1 + length));
  const carets = Math.min(stringWidth(marked), stringWidth(from));
  const gutter = `  ${line} | `;
  return [
    gutter + before + from,
    `${' '.repeat(gutter.length - 2)}| ${' '.repeat(stringWidth(before))}${'^'.repeat(Math.max(1, carets))}`,
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
