import { isReference } from '../core/markdown/inline.ts';
import { isImageName } from '../core/names.ts';
import { countDiff } from '../diff/diff.ts';
import type { LockDiff } from '../diff/types.ts';
import { countWords, maxNamesInHeadline } from '../diff/words.ts';

const longest = 120;

/**
 * One plain line of at most 120 characters for a title and a commit's subject, such as
 * `debian, golang, python and 12 more: 14 tags moved, 3 added`. A name that a forge would make a link of is only counted.
 * Without a change of tags it says what else changes; `files` is how many other files do.
 */
export function plainHeadline(diff: LockDiff, files: number): string {
  const words = countWords(countDiff(diff));
  if (words === '') return withoutTags(diff, files);
  const names: string[] = diff.images.map(({ image }) => image);
  const plain = names.filter((name) => isImageName(name) && !isReference(name)).slice(0, maxNamesInHeadline);
  const lines = [...plain.keys(), plain.length].reverse().map((count) => {
    return `${who(plain.slice(0, count), names.length - count)}: ${words}`;
  });
  return lines.find(({ length }) => length <= longest) ?? 'many images and tags';
}

function who(names: readonly string[], more: number): string {
  if (names.length === 0) return more === 1 ? '1 image' : `${more} images`;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function withoutTags({ upstream, config }: LockDiff, files: number): string {
  if (files > 0)
    return files === 1 ? '1 rendered file brought up to date' : `${files} rendered files brought up to date`;
  if (config !== undefined) return 'the rules have changed, no tag has';
  return upstream.from === upstream.to ? 'no change' : 'a newer upstream commit, no tag changed';
}
