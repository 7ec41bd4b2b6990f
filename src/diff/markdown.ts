import { list } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { countDiff } from './diff.ts';
import { imageTable, tagList } from './image-table.ts';
import type { ImageDiff, LockDiff } from './types.ts';
import { countWords, maxNamesInHeadline } from './words.ts';

/** The difference as Markdown: a headline, and a table for each image. */
export function diffMarkdown(diff: LockDiff): Markdown {
  if (diff.images.length === 0) return md`No change.\n`;
  const sections = diff.images.map((image) =>
    joinMarkdown([md`### ${code(image.image)}`, imageTable(image), ...platformList(image)], '\n\n'),
  );
  return md`${joinMarkdown([markdownHeadline(diff), ...sections], '\n\n')}\n`;
}

/** A list of tags that get other platforms; nothing where none does. */
export function platformList({ platforms = [] }: ImageDiff, tags = Number.POSITIVE_INFINITY): Markdown[] {
  if (platforms.length === 0) return [];
  const names = (own: readonly string[]) => joinMarkdown(own.map(code), ', ');
  return [
    list(
      platforms.map((change) => {
        const lost = change.lost.length > 0 ? md` without ${names(change.lost)}` : md``;
        const gained = change.gained.length > 0 ? md` with ${names(change.gained)}` : md``;
        return md`Platforms: ${tagList(change.tags, tags)} now${lost}${gained}`;
      }),
    ),
  ];
}

/** The headline, with names as code. */
export function markdownHeadline(diff: LockDiff): Markdown {
  const names = diff.images.slice(0, maxNamesInHeadline).map(({ image }) => code(image));
  const more = diff.images.length - names.length;
  const who = more > 0 ? md`${joinMarkdown(names, ', ')} and ${more} more` : joinMarkdown(names, ', ');
  return md`**${who}: ${prose(countWords(countDiff(diff)))}**`;
}
