import type { ImageDiff, LockDiff, Release } from '../diff/types.ts';
import { detailWords, platformWords, shortDigest, titleOf } from './words.ts';

/**
 * The difference for people at a terminal, one line a tag or a group, and what the marks say.
 *
 * @param words lines that stand below the title, such as `linesBesideTags` gives
 */
export function diffText(diff: LockDiff, words: readonly string[] = []): string {
  const lines = diff.images.flatMap(imageLines);
  return [titleOf(diff), ...words, ...lines, ...legend(lines)].join('\n');
}

/** What stands before a line that does not say it in words; within a line of a release `+` and `-` stand before new tags and those that it replaces. */
const marks: readonly (readonly [string, string])[] = [
  ['*', 'release'],
  ['~', 'moved'],
  ['+', 'new'],
  ['-', 'left or replaced'],
  ['=', 'rebuilt'],
];

/** What the marks say that the lines have. */
function legend(lines: readonly string[]): string[] {
  const seen = new Set(
    lines.flatMap((line) => [/^ {2}(?=\S )/.test(line) ? line.slice(2, 3) : '', ...(line.match(marksOfRelease) ?? [])]),
  );
  const said = marks.filter(([mark]) => seen.has(mark)).map((words) => words.join(' '));
  return said.length === 0 ? [] : ['', `Marks: ${said.join(', ')}`];
}

const marksOfRelease = /(?<=^ {2}\* .* )[+-](?=\w)/g;

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
    ...(image.awaiting ?? []).map(({ tag, digest, until }) => {
      return `  - ${tag}  ${shortDigest(digest)}  stays until ${until} is published`;
    }),
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
