import { counted } from '../core/words.ts';
import { countDiff } from './diff.ts';
import type { DiffCounts, LockDiff, PlatformChange } from './types.ts';

/** How many images a headline names. */
export const maxNamesInHeadline = 3;

/** One line on the whole change, such as `debian, golang: 14 tags moved, 3 added, 2 pending`. */
export function headline(diff: LockDiff): string {
  const words = countWords(countDiff(diff));
  if (words === '') return withoutTags(diff);
  const names = diff.images.slice(0, maxNamesInHeadline).map(({ image }) => image);
  const more = diff.images.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${words}`;
}

function withoutTags({ upstream: { from, to }, config }: LockDiff): string {
  if (config !== undefined) return 'no tag changes; the rules in mirrors.yaml have changed';
  return from === to ? 'no change' : 'no tag changes; a newer upstream commit';
}

/** The counts that are not zero, such as `14 tags moved, 3 added, 1 group rebuilt`; the first one says what is counted. */
export function countWords(counts: DiffCounts): string {
  const tags = [
    [counts.moved, 'moved'],
    [counts.added, 'added'],
    [counts.removed, 'removed'],
    [counts.pending, 'pending'],
    [counts.withdrawn ?? 0, 'no longer pending'],
  ] as const;
  const words = tags.filter(([count]) => count > 0).map(([count, word]) => ({ count, word }));
  const inWords = words.map(({ count, word }, index) =>
    index === 0 ? `${counted(count, 'tag')} ${word}` : `${count} ${word}`,
  );
  if (counts.rebuilt > 0) inWords.push(`${counted(counts.rebuilt, 'group')} rebuilt`);
  const { details = 0 } = counts;
  if (details > 0) inWords.push(`details of ${counted(details, 'tag')}`);
  return inWords.join(', ');
}

/** What changes of tags whose digest stays. */
export const detailWords = 'same digest, other details of the index';

/** A digest short enough for a table: its first 12 hexadecimal digits. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** What a change of platforms is, such as `loses linux/386; gains linux/riscv64`. */
export function platformWords({ lost, gained }: PlatformChange): string {
  const parts = [
    ...(lost.length > 0 ? [`loses ${lost.join(', ')}`] : []),
    ...(gained.length > 0 ? [`gains ${gained.join(', ')}`] : []),
  ];
  return parts.join('; ');
}
