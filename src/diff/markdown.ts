import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { countDiff } from './diff.ts';
import { imageTable } from './image-table.ts';
import type { LockDiff } from './types.ts';
import { countWords, maxNamesInHeadline } from './words.ts';

/** The difference as Markdown: a headline, and a table for each image. */
export function diffMarkdown(diff: LockDiff): Markdown {
  if (diff.images.length === 0) return md`No change.\n`;
  const sections = diff.images.map((image) => md`### ${code(image.image)}\n\n${imageTable(image)}`);
  return md`${joinMarkdown([markdownHeadline(diff), ...sections], '\n\n')}\n`;
}

/** The headline, with names as code. */
export function markdownHeadline(diff: LockDiff): Markdown {
  const names = diff.images.slice(0, maxNamesInHeadline).map(({ image }) => code(image));
  const more = diff.images.length - names.length;
  const who = more > 0 ? md`${joinMarkdown(names, ', ')} and ${more} more` : joinMarkdown(names, ', ');
  return md`**${who}: ${prose(countWords(countDiff(diff)))}**`;
}
