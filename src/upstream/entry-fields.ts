import { bashbrewPlatforms } from '../core/platform.ts';
import { trimListItem } from './go-text.ts';
import { type Field, fieldText, lineOf, type Paragraph } from './paragraphs.ts';
import { RefusedFile } from './refusal.ts';

/** The text of a field, or `fallback` where the paragraph does not have it. */
export function textOf(paragraph: Paragraph, key: string, fallback: string): string {
  const field = paragraph.fields.get(key);
  return field === undefined ? fallback : fieldText(field);
}

/** The items of a list field, split at commas, empty ones too; none where the paragraph does not have the field. */
export function listOf(paragraph: Paragraph, key: string): string[] {
  const field = paragraph.fields.get(key);
  return field === undefined ? [] : trimListItem(fieldText(field)).split(',').map(trimListItem);
}

/** The line where an item of a field stands, or where the paragraph begins. */
export function placeOf(paragraph: Paragraph, key: string, item = ''): number {
  const field: Field | undefined = paragraph.fields.get(key);
  return field === undefined ? paragraph.line : lineOf(field, item);
}

/** Throws {@link RefusedFile} at a field that bashbrew's decoder has no use for: it holds its own state by these names. */
export function checkReservedFields(paragraph: Paragraph): void {
  for (const key of ['Values', 'Paragraph', 'ArchValues']) {
    const line = paragraph.fields.get(key)?.line;
    if (line === undefined) continue;
    throw new RefusedFile(
      'upstream/reserved-field',
      line,
      '`Values`, `Paragraph` and `ArchValues` are no fields.',
      key,
    );
  }
}

// bashbrew's `MaintainersRegex`, of which a space is an ASCII one. Its `\s+` after the name would take quadratic time over a
// long run of blanks; here they are part of the name, and the last character before `<` or `(` must be one.
const maintainerPattern =
  /^[^\t\n\f\r <>()][^<>()]*(?<=[\t\n\f\r ])(?:<[^\t\n\f\r <>()]+>[\t\n\f\r ]+)?\(@[^\t\n\f\r <>()]+\)$/;

/** Counts the maintainers of a paragraph; throws {@link RefusedFile} at one that is not written as they are. */
export function countMaintainers(paragraph: Paragraph): number {
  const maintainers = listOf(paragraph, 'Maintainers');
  const bad = maintainers.find((maintainer) => !maintainerPattern.test(maintainer));
  if (bad === undefined) return maintainers.length;
  const rule = 'A maintainer is `Full Name <address> (@handle)`, or without the address.';
  throw new RefusedFile('upstream/bad-maintainer', placeOf(paragraph, 'Maintainers', bad), rule, bad);
}

/** Sorts architectures by name and makes them unique. */
export function sortedArchitectures(architectures: readonly string[]): string[] {
  return [...new Set(architectures)].sort();
}

/** Throws {@link RefusedFile} at an architecture that bashbrew does not know. */
export function checkArchitectures(paragraph: Paragraph, architectures: readonly string[]): void {
  const bad = architectures.find((name) => !Object.hasOwn(bashbrewPlatforms, name));
  if (bad === undefined) return;
  const rule = `An architecture is one of ${Object.keys(bashbrewPlatforms).join(', ')}.`;
  throw new RefusedFile('upstream/bad-architecture', placeOf(paragraph, 'Architectures', bad), rule, bad);
}
