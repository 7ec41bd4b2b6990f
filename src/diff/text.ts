import type { ImageDiff, LockDiff } from './types.ts';
import { detailWords, headline, platformWords, shortDigest } from './words.ts';

/** The difference for people at a terminal, one line a tag: `+` added, `-` removed, `~` moved, `=` rebuilt, `?` pending, `x` pending no more,
 * `!` other platforms, `.` the same digest and other details. */
export function diffText(diff: LockDiff): string {
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
    ...(image.withdrawn ?? []).map((tag) => `  x ${tag}  no longer pending`),
    ...(image.details === undefined ? [] : [`  . ${image.details.join(', ')}  ${detailWords}`]),
    ...(image.platforms ?? []).map((change) => `  ! ${change.tags.join(', ')}  ${platformWords(change)}`),
  ];
}
