import { list } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { countDiff } from './diff.ts';
import { imageTable, tagList } from './image-table.ts';
import type { ImageDiff, LockDiff } from './types.ts';
import { countWords, detailWords, headline, maxNamesInHeadline } from './words.ts';

/** The difference as Markdown: a headline, and a table for each image. */
export function diffMarkdown(diff: LockDiff): Markdown {
  if (diff.images.length === 0) return md`${prose(sentence(headline(diff)))}\n`;
  const sections = diff.images.map((image) =>
    joinMarkdown([md`### ${code(image.image)}`, ...imageTable(image), ...imageNotes(image)], '\n\n'),
  );
  return md`${joinMarkdown([markdownHeadline(diff), ...sections], '\n\n')}\n`;
}

const sentence = (words: string) => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;

/** A list of what is not told by the table: tags that get other platforms, are pending no more, or have other details. */
export function imageNotes(image: ImageDiff, tags = Number.POSITIVE_INFINITY): Markdown[] {
  const { withdrawn = [], details = [] } = image;
  const notes = [
    ...platformNotes(image, tags),
    ...(withdrawn.length === 0 ? [] : [md`No longer pending: ${tagList(withdrawn, tags)}`]),
    ...(details.length === 0 ? [] : [md`Details: ${tagList(details, tags)} ${prose(`(${detailWords})`)}`]),
  ];
  return notes.length === 0 ? [] : [list(notes)];
}

function platformNotes({ platforms = [] }: ImageDiff, tags: number): Markdown[] {
  const names = (own: readonly string[]) => joinMarkdown(own.map(code), ', ');
  return platforms.map((change) => {
    const lost = change.lost.length > 0 ? md` without ${names(change.lost)}` : md``;
    const gained = change.gained.length > 0 ? md` with ${names(change.gained)}` : md``;
    return md`Platforms: ${tagList(change.tags, tags)} now${lost}${gained}`;
  });
}

/** The headline, with names as code. */
export function markdownHeadline(diff: LockDiff): Markdown {
  const names = diff.images.slice(0, maxNamesInHeadline).map(({ image }) => code(image));
  const more = diff.images.length - names.length;
  const who = more > 0 ? md`${joinMarkdown(names, ', ')} and ${more} more` : joinMarkdown(names, ', ');
  return md`**${who}: ${prose(countWords(countDiff(diff)))}**`;
}
