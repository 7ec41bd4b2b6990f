import { trim, trimEnd, trimStart } from './go-text.ts';
import { RefusedFile } from './refusal.ts';

interface Line {
  /** From 1, in the file. */
  readonly number: number;
  /** Without its `\n`. */
  readonly text: string;
}

/** A `Key: value` of a paragraph, and the lines that continue it. */
export interface Field {
  readonly line: number;
  /** What follows the colon, trimmed. */
  readonly first: string;
  /** The continuing lines, without the blank before them. */
  readonly more: Line[];
}

/** A paragraph: its fields by key. Of two fields with one key, the last counts; keys differ by case. */
export interface Paragraph {
  readonly line: number;
  readonly fields: ReadonlyMap<string, Field>;
}

/** The lines of a text that are no comments. A `#` makes a comment also after blanks, and inside a continued value. */
function* linesWithoutComments(text: string): Generator<Line> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    if (!trimStart(line).startsWith('#')) yield { number: index + 1, text: line };
  }
}

/**
 * The paragraphs of a library file, in order, as go-debian reads them (control/parse.go, `ParagraphReader.Next`) from what
 * bashbrew leaves of the text (pkg/stripper/comments.go). Throws {@link RefusedFile} at a line without a colon, and where
 * the text begins with an OpenPGP header: go-debian would read the signed part, which no library file ever had.
 */
export function* readParagraphs(text: string): Generator<Paragraph> {
  let fields = new Map<string, Field>();
  let start = 0;
  let last: Field | undefined;
  let isFirstLine = true;
  for (const line of linesWithoutComments(text)) {
    if (isFirstLine && line.text.startsWith('-----BEGIN PGP ')) throw signedFile(line);
    isFirstLine = false;
    if (line.text === '' || line.text === '\r') {
      if (fields.size > 0) yield { line: start, fields };
      fields = new Map();
      last = undefined;
    } else if (/^[ \t]/.test(line.text)) {
      last?.more.push({ number: line.number, text: continuation(line.text) });
    } else {
      const [key, field] = readField(line);
      if (fields.size === 0) start = line.number;
      fields.set(key, field);
      last = field;
    }
  }
  if (fields.size > 0) yield { line: start, fields };
}

function signedFile(line: Line): RefusedFile {
  return new RefusedFile('upstream/signed-file', line.number, 'A library file is not signed.', line.text);
}

/** A lone dot stands for an empty line. */
function continuation(line: string): string {
  const text = trimEnd(line.slice(1));
  return text === '.' ? '' : text;
}

function readField(line: Line): [string, Field] {
  const colon = line.text.indexOf(':');
  if (colon < 0) {
    const rule = 'A line is `Field: value`, or begins with a blank and continues the one before.';
    throw new RefusedFile('upstream/bad-line', line.number, rule, line.text);
  }
  const first = trim(line.text.slice(colon + 1));
  return [trim(line.text.slice(0, colon)), { line: line.number, first, more: [] }];
}

/** The whole value of a field. One that is continued ends in a line end, so that it can be no commit or branch. */
export function fieldText(field: Field): string {
  if (field.more.length === 0) return field.first;
  const head = field.first === '' ? '' : `${field.first}\n`;
  return `${head}${field.more.map((line) => line.text).join('\n')}\n`;
}

/** The line where `part` stands in a field; the field's own where it cannot be told. */
export function lineOf(field: Field, part: string): number {
  if (part === '' || field.first.includes(part)) return field.line;
  return field.more.find((line) => line.text.includes(part))?.number ?? field.line;
}
