import type { ImageDiff, LockDiff, Release } from '../diff/types.ts';
import { detailWords, platformWords, shortDigest, titleOf } from './words.ts';

/**
 * The difference for people at a terminal, one line a tag or a group: `*` a release, with the tags that move to it, `+` those
 * that are new and `-` those that it replaces; `~` moved, `+` added, `-` removed, `=` rebuilt, `?` pending, `x` pending no more,
 * `!` other platforms, `.` the same digest and other details.
 */
export function diffText(diff: LockDiff): string {
  return [titleOf(diff), ...diff.images.flatMap(imageLines)].join('\n');
}

function imageLines(image: ImageDiff): string[] {
  return [
    '',
    image.image,
    ...image.ended.map(
      ({ series, tags }) => `  - ${tags.map(({ tag }) => tag).join(', ')}  no tag of ${series} is left`,
    ),
    ...image.floating.map(({ tag, digest }) => `  - ${tag}  ${shortDigest(digest)}`),
    ...image.releases.map(releaseLine),
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

function releaseLine({ version, from, to, tags, added, replaced }: Release): string {
  const words = [...tags, ...added.map((tag) => `+${tag}`), ...replaced.map(({ tag }) => `-${tag}`)];
  return `  * ${version.from} → ${version.to}  ${words.join(', ')}  ${shortDigest(from)} → ${shortDigest(to)}`;
}
