import type { Fault, Findings } from '../yaml/findings.ts';
import type { SourceText } from '../yaml/source-text.ts';

/** The largest mirrors.yaml, in bytes. The whole library, each image with rules of its own, takes a tenth of it. */
export const largestFile = 1024 * 1024;

/** Control characters but tab and line breaks; and those that reorder text, so that a reviewer sees something else than what is there. */
const hiddenCharacter = /[^\P{Cc}\t\n\r]|\r(?!\n)|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;
const conflictMarker = /^(?:<{7}|={7}|>{7}|\|{7})(?:\s.*)?$/gm;
const mostShown = 10;

/** Looks for what no mirrors.yaml holds, before it is read as YAML: too much, hidden characters, marks of a merge conflict. */
export function checkText(source: SourceText, findings: Findings): void {
  const { file, text } = source;
  const bytes = Buffer.byteLength(text);
  if (bytes > largestFile) {
    findings.error({ file }, tooLarge(bytes));
    return;
  }
  for (const match of firstMatches(hiddenCharacter, text)) {
    const { source: _, ...place } = source.place(match.index);
    findings.error(place, {
      code: 'hidden-character',
      message: 'The file must not contain control characters or characters that reorder text.',
      value: `U+${(match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
      hint: 'Save it as plain UTF-8 text. In a value, write the character as an escape in double quotes.',
    });
  }
  for (const match of firstMatches(conflictMarker, text)) {
    findings.error(source.place(match.index, match.index + match[0].length), {
      code: 'merge-conflict',
      message: 'The file contains merge-conflict markers.',
      hint: 'Resolve the conflict.',
    });
  }
}

/** What to say of a file of so many bytes. */
export function tooLarge(bytes: number): Fault {
  return {
    code: 'too-large',
    message: `mirrors.yaml has at most ${largestFile} bytes.`,
    value: `${bytes} bytes`,
    hint: 'Patterns say in a few lines what lists of tags say in thousands.',
  };
}

function firstMatches(pattern: RegExp, text: string): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  for (const match of text.matchAll(pattern)) {
    found.push(match);
    if (found.length === mostShown) break;
  }
  return found;
}
