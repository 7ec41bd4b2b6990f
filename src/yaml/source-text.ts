import { LineCounter } from 'yaml';
import type { Place } from '../core/problem.ts';

/** Lines longer than this are not shown: a caret under them would stand where nobody sees it. */
const longestShownLine = 200;

/** The text of a file, and where in it an offset stands. Columns count UTF-16 code units, as editors do. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** The place of the characters from offset `start` up to `end`; what goes beyond the first line is left out. */
  place(start: number, end?: number): Place;
}

/** Takes `text` apart into lines. `file` is how messages name it. */
export function sourceText(file: string, text: string): SourceText {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return {
    file,
    text,
    place(start, end = start + 1) {
      const { line, col } = lines.linePos(start);
      const lineStart = start - col + 1;
      const source = maskSecrets(text.slice(lineStart, lines.lineStarts[line]).replace(/\r?\n$/, ''));
      const length = Math.max(1, Math.min(end, lineStart + source.length) - start);
      const shown = source.length <= longestShownLine ? { source } : {};
      return { file, line, column: col, length, ...shown };
    },
  };
}

/** Puts `*` over user and password of URLs, one for each character, so that columns stay right. */
function maskSecrets(line: string): string {
  return line.replace(/(?<=:\/\/)\S+(?=@)/g, (secret) => '*'.repeat(secret.length));
}
