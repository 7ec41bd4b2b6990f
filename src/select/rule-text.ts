import type { Pattern, Rule } from '../config/types.ts';
import type { Place } from '../core/problem.ts';
import { printable } from '../core/text.ts';

/** Words that YAML reads as text without quotes. */
const plainPattern = /^[A-Za-z][A-Za-z0-9._-]*$/;

/** The rule as it could stand in mirrors.yaml, on one line: `alpine`, or `{image: debian, tags: ["12*"]}`. */
export function ruleText({ image, tags, versions }: Rule): string {
  if (tags === undefined && versions === undefined) return quoted(image.text);
  const fields = [
    `image: ${quoted(image.text)}`,
    ...(tags === undefined ? [] : [`tags: ${list(tags.map(({ text }) => text))}`]),
    ...(versions === undefined ? [] : [`versions: ${list(versions)}`]),
  ];
  return `{${fields.join(', ')}}`;
}

/** `file:line:column`, as far as it is known. */
export function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** Text in backquotes, for a message. */
export function named(text: string): string {
  return `\`${printable(text)}\``;
}

/** Texts in backquotes, at most `limit` of them, and how many more there are. */
export function namedList(texts: readonly string[], limit = 5): string {
  const shown = texts.slice(0, limit).map(named).join(', ');
  return texts.length > limit ? `${shown} and ${texts.length - limit} more` : shown;
}

/** `1 tag`, `2 tags`. */
export function countedTags(count: number): string {
  return count === 1 ? '1 tag' : `${count} tags`;
}

/** A glob without a wildcard: it matches just its own text. */
export function isLiteral({ kind, text }: Pattern): boolean {
  return kind === 'glob' && !/[*?[\]{}()!]/.test(text);
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
}

function quoted(text: string): string {
  return plainPattern.test(text) ? text : printable(JSON.stringify(text));
}
