import type { ImageDiff, LockDiff } from './types.ts';
import { headline, platformWords, shortDigest } from './words.ts';

/** The difference for people at a terminal, one line a tag: `+` added, `-` removed, `~` moved, `=` rebuilt, `?` pending, `!` other platforms. */
export function diffText(diff: LockDiff): string {
  if (diff.images.length === 0) return 'no change';
  return [headline(diff), ...diff.images.flatMap(imageLines)].join('\n');
}

function imageLines(image: ImageDiff): string[] {
  return [
    '',
    image.image,
    ...image.moved.map(({ tag, from, to }) => `  ~ ${tag}  ${shortDigest(from)} → ${shortDigest(to)}`),
    ...image.added.map(({ tag, digest }) => `  + ${tag}  ${shortDigest(digest)}`),
    ...image.removed.map(({ tag, digest }) => `  - ${tag}  ${shortDigest(digest)}`),
    ...image.rebuilt.map(({ tags, from, to }) => `  = ${tags.join(', ')}  ${shortDigest(from)} → ${shortDigest(to)}`),
    ...image.pending.map((tag) => `  ? ${tag}  pending`),
    ...(image.platforms ?? []).map((change) => `  ! ${change.tags.join(', ')}  ${platformWords(change)}`),
  ];
}
