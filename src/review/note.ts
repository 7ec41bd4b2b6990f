import { codeBlock, list } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import type { Note } from './types.ts';

const shownItems = 50;
const longestCode = 15_000;

/** A note as a section of its own, its list and code cut where they are very long. */
export function noteSection(note: string | Note): Markdown {
  if (typeof note === 'string') return prose(note);
  const { title, text, items = [], code: block } = note;
  const shown = [...items.slice(0, shownItems).map(code), ...moreItems(items.length - shownItems)];
  const parts = [
    md`### ${prose(title)}`,
    ...text.map(prose),
    ...(items.length > 0 ? [list(shown)] : []),
    ...(block === undefined ? [] : codeParts(block)),
  ];
  return joinMarkdown(parts, '\n\n');
}

function moreItems(count: number): Markdown[] {
  return count > 0 ? [md`and ${count} more`] : [];
}

/** Code is cut at a line, and never without saying so. */
function codeParts({ language, text }: NonNullable<Note['code']>): Markdown[] {
  if (text.length <= longestCode) return [codeBlock(text, language)];
  const lines = text.slice(0, longestCode).split('\n').slice(0, -1);
  const left = text.split('\n').length - lines.length;
  return [codeBlock(lines.join('\n'), language), md`${left} more lines are left out here.`];
}
