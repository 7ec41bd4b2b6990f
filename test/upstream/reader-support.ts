import { type LibraryFileReading, readLibraryFile } from '../../src/upstream/reader.ts';
import type { FileRefusal } from '../../src/upstream/refusal.ts';
import type { Group } from '../../src/upstream/types.ts';

export const commit = 'a'.repeat(40);
export const otherCommit = 'b'.repeat(40);

/** A first paragraph that gives entries all that they need but tags. */
export const head = `Maintainers: A B <a@example.com> (@ab)\nGitRepo: https://example.com/x.git\nGitCommit: ${commit}\n`;

/** A file of that first paragraph, with more lines in it, and of entries. */
export function file(entries: readonly string[], more = ''): string {
  return [`${head}${more}`, ...entries].join('\n');
}

export function read(text: string): Extract<LibraryFileReading, { kind: 'read' }> {
  const reading = readLibraryFile(text);
  if (reading.kind === 'refused') throw new Error(JSON.stringify(reading.refusal));
  return reading;
}

export function refusal(text: string): FileRefusal {
  const reading = readLibraryFile(text);
  if (reading.kind === 'read') throw new Error(`This was read: ${JSON.stringify(reading)}`);
  return reading.refusal;
}

/** Groups in short: `a b` for the tags of an entry, `+ c d` for shared ones. */
function inShort(groups: readonly Group[]): string[] {
  return groups.map(({ tags, shared }) => `${shared ? '+ ' : ''}${tags.join(' ')}`);
}

export function tagsIn(text: string): string[] {
  return inShort(read(text).groups);
}
