import type { Pattern, Rule } from '../config/types.ts';
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
