import { cleanText } from '../text.ts';
import type { Markdown } from './markdown.ts';

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;
const longest = 300;
const longestLine = 2_000;

/** In one line, without control, format and direction characters, and cut at `longest` characters. */
function visible(text: string): string {
  return cleanText(text.slice(0, 4 * longest), longest);
}

/** What stands between two backticks as it is, in a table too: nothing of it is Markdown, HTML or a marker. */
const plainCode = /^[\w./:@=,+-]+(?: [\w./:@=,+-]+)*$/;

/**
 * Text as code, in one line and cut at 300 characters. Neither forge looks for mentions, references and addresses in
 * code. What could end a span is written as HTML with character references, which never end anything.
 */
export function code(text: string): Markdown {
  const line = visible(text);
  return plainCode.test(line) ? (`\`${line}\`` as Markdown) : codeElement(line);
}

/** As {@link code}, where HTML stands and no Markdown is read. */
function codeElement(text: string): Markdown {
  return `<code>${references(visible(text))}</code>` as Markdown;
}

function references(line: string): string {
  return line.replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const word = /^["'(]*[\p{L}\p{N}]+(?:[-'’.][\p{L}\p{N}]+)*[.,;:!?)"']*$/u;
const punctuation = /^[(.,;:!?)"'→–—…]+$/u;
/** Words that a forge makes a link of: an address, the hash of a commit, a ticket such as `GH-12`. */
const reference = /www\.|\b[0-9a-f]{7,}\b|\p{L}-\p{N}/iu;
/** Whether a forge makes a link of a word in plain text, such as a pull request's title. */
export function isReference(text: string): boolean {
  return reference.test(text);
}

/** What begins a list where it begins a line. */
const listNumber = /^\d+[.)](?= |$)/;

/**
 * A line of plain text, cut at 2,000 characters. What stands between two backticks is shown as code, and so is each word
 * with a character in it that Markdown, HTML or a forge may take for its own.
 */
export function prose(text: string): Markdown {
  return line(text, code);
}

/** As {@link prose}, where HTML stands and no Markdown is read, as in `<summary>`. */
export function htmlProse(text: string): Markdown {
  return line(text, codeElement);
}

type ShowCode = (text: string) => Markdown;

function line(text: string, showCode: ShowCode): Markdown {
  const pieces = text.slice(0, longestLine).split('`');
  const isCode = (index: number) => index % 2 === 1 && index < pieces.length - 1 && visible(pieces[index] ?? '') !== '';
  const shown = pieces.map((piece, index) => (isCode(index) ? showCode(piece) : words(piece, showCode)));
  return shown.reduce(besides, '').trim().replace(listNumber, showCode) as Markdown;
}

/** Two spans side by side would be one. */
function besides(before: string, piece: string): string {
  return before.endsWith('`') && piece.startsWith('`') ? `${before} ${piece}` : before + piece;
}

function words(piece: string, showCode: ShowCode): string {
  const shown = piece
    .replace(invisible, ' ')
    .split(/\s+/)
    .map((text) => (isPlainWord(text) ? text : showCode(text)));
  return shown.join(' ');
}

function isPlainWord(text: string): boolean {
  return text === '' || punctuation.test(text) || (word.test(text) && !reference.test(text));
}
