import { printable } from './text.ts';

/** A number and what it counts, in the singular or plural: `1 tag`, `2 tags`. */
export function counted(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}

/** The first `most` names in a row, and how many more there are: `alpine:3.20, alpine:3.19 and 12 more`. */
export function someOf(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** Text in backquotes, for a message. */
export function named(text: string): string {
  return `\`${printable(text)}\``;
}

/** Texts in backquotes, at most `most` of them, and how many more there are. */
export function namedList(texts: readonly string[], most = 5): string {
  return someOf(texts.map(named), most);
}

/** What marks of a text mean, in one line: those that occur. No line where none does. */
export function legend(marks: readonly (readonly [mark: string, meaning: string, occurs: boolean])[]): string[] {
  const shown = marks.filter(([, , occurs]) => occurs).map(([mark, meaning]) => `${mark}: ${meaning}`);
  return shown.length === 0 ? [] : [`(${shown.join('; ')})`];
}
