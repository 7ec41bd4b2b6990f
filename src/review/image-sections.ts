import { imageNotes, imageTable } from '../changes/diff-markdown.ts';
import { countWords, newVersions } from '../changes/words.ts';
import { fold } from '../core/markdown/blocks.ts';
import { joinMarkdown, type Markdown } from '../core/markdown/markdown.ts';
import { counted, named, someOf } from '../core/words.ts';
import { countDiff } from '../diff/diff.ts';
import type { ImageDiff } from '../diff/types.ts';

const limits = { rows: 200, tags: 60 } as const;

/** The table of what happens to the tags of one image, which opens on a click. */
export function imageSection(image: ImageDiff): Markdown {
  const rows = joinMarkdown([...imageTable(image, limits), ...imageNotes(image, limits.tags)], '\n\n');
  return fold(`${named(image.image)}: ${imageWords(image)}`, rows);
}

function imageWords(image: ImageDiff): string {
  const versions = newVersions(image.releases);
  const rest = countWords(countDiff({ images: [image] }));
  const ended = image.ended.map(({ series }) => series);
  return [
    ...(ended.length === 0 ? [] : [`${someOf(ended.map(named))} left`]),
    ...(versions.length === 0 ? [] : [`${counted(image.releases.length, 'group')} released`]),
    ...(rest === '' ? [] : [rest]),
  ].join('; ');
}
