import { fold, link, table } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { countDiff } from '../diff/diff.ts';
import { imageTable } from '../diff/image-table.ts';
import { imageNotes } from '../diff/markdown.ts';
import type { ImageDiff, LockDiff } from '../diff/types.ts';
import { countWords } from '../diff/words.ts';

const unfoldedImages = 6;
const unfoldedTags = 40;
const limits = { rows: 200, tags: 60 } as const;

/** Gives the address of an image's library file, where it has one. */
export type FileLink = (image: string) => string | undefined;

/** A section for one image: its counts, a link to its library file and its table, folded where much changes. */
export function imageSection(image: ImageDiff, isAmongMany: boolean, fileLink: FileLink): Markdown {
  const counts = countDiff({ upstream: { from: undefined, to: undefined }, images: [image] });
  const words = countWords(counts);
  const rows = joinMarkdown([...imageTable(image, limits), ...imageNotes(image, limits.tags)], '\n\n');
  const url = fileLink(image.image);
  const name = code(image.image);
  const file = url === undefined ? md`` : link(md`library file`, url);
  const tags = image.rebuilt.reduce((sum, rebuild) => sum + rebuild.tags.length, 0);
  const { withdrawn = 0, details = 0 } = counts;
  const all = tags + counts.moved + counts.added + counts.removed + counts.pending + withdrawn + details;
  const isLong = all > unfoldedTags;
  if (isAmongMany || isLong) {
    const head = url === undefined ? md`` : md`${file}\n\n`;
    return fold(`\`${image.image}\`: ${words}`, md`${head}${rows}`);
  }
  const line = url === undefined ? md`${prose(words)}` : md`${prose(words)} (${file})`;
  return md`### ${name}\n\n${line}\n\n${rows}`;
}

/** Whether there are so many images that each is folded and an overview stands before them. */
export function isMany({ images }: LockDiff): boolean {
  return images.length > unfoldedImages;
}

/** A table of all images with their counts. */
export function overviewTable({ images }: LockDiff): Markdown {
  const head = [md`image`, md`moved`, md`added`, md`removed`, md`rebuilt`, md`pending`];
  const cell = (count: number) => (count === 0 ? md`` : md`${count}`);
  const rows = images.map(({ image, moved, added, removed, rebuilt, pending }) => [
    code(image),
    ...[moved, added, removed, rebuilt, pending].map(({ length }) => cell(length)),
  ]);
  return table(head, rows);
}
