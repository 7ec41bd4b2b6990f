/** Noncharacters are none of them, and XML takes none of those (XML 1.0, 2.2). */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]+/gu;
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text from outside as it may be printed: in one line, without control, format and direction characters, and with at
 * most `longest` characters.
 */
export function cleanText(text: string, longest = 300): string {
  const line = text.replace(invisible, ' ').replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`;
}

/**
 * Text from outside as it may be printed, so that all of it is seen: control, format and direction characters are
 * escaped, as `\n` or `\u{1b}`, and what is longer than `longest` ends in `…`.
 */
export function printable(text: string, longest = Number.POSITIVE_INFINITY): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(unprintable, (character) => {
    return shortEscapes[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** The longest value that a problem shows, in characters. */
const maxShownValue = 200;

/** A value from outside as a problem shows it: see {@link printable}. */
export function shownValue(text: string): string {
  return printable(text, maxShownValue);
}

/**
 * Text in which a CI that reads its log finds no command: GitHub's runner carries out `##[command]` anywhere in a line and
 * `::command::` at its beginning, Azure's `##vso[command]`.
 */
export function withoutCommands(text: string): string {
  return text
    .replace(/##([a-z]*)\[/gi, '##$1 [')
    .replace(/^([^\S\r\n]|\u0085)*::/gm, (start) => start.replace('::', ': :'));
}

/** The same for a JSON text, which keeps its meaning: outside of strings it holds no `#`, and no line that begins with `:`. */
export function jsonWithoutCommands(text: string): string {
  return text.replace(/##([a-z]*)\[/gi, '##$1\\u005b');
}
