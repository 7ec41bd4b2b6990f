import { countDiff } from './diff.ts';
import type { DiffCounts, LockDiff } from './types.ts';

const maxNamesInHeadline = 3;

/** One line on the whole change, such as `debian, golang: 14 tags moved, 3 added, 2 pending`; `show` writes a name. */
export function headline(diff: LockDiff, show: (image: string) => string = (image) => image): string {
  const words = countWords(countDiff(diff));
  if (words.length === 0) return 'no change';
  const names = diff.images.map(({ image }) => show(image));
  const shown = names.slice(0, maxNamesInHeadline);
  const more = names.length - shown.length;
  const who = more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
  return `${who}: ${words.join(', ')}`;
}

/** The counts that are not zero, in words; the first one says what is counted. */
function countWords(counts: DiffCounts): string[] {
  const tags = [
    [counts.moved, 'moved'],
    [counts.added, 'added'],
    [counts.removed, 'removed'],
    [counts.pending, 'pending'],
  ] as const;
  const words = tags.filter(([count]) => count > 0).map(([count, word]) => ({ count, word }));
  const inWords = words.map(({ count, word }, index) =>
    index === 0 ? `${count} ${count === 1 ? 'tag' : 'tags'} ${word}` : `${count} ${word}`,
  );
  if (counts.rebuilt > 0) inWords.push(`${counts.rebuilt} ${counts.rebuilt === 1 ? 'group' : 'groups'} rebuilt`);
  return inWords;
}

/** A digest short enough for a table: its first 12 hexadecimal digits. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
