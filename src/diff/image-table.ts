import { groupBy } from '../core/group-by.ts';
import { table } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import type { ImageDiff } from './types.ts';
import { shortDigest } from './words.ts';

/** Tags that share what happens to them: from one digest to another, either of which may be absent. */
interface Row {
  readonly change: 'moved' | 'added' | 'removed' | 'rebuilt' | 'pending';
  readonly tags: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

export interface TableLimits {
  readonly rows: number;
  /** Tags in a row. */
  readonly tags: number;
}

const unlimited: TableLimits = { rows: Number.POSITIVE_INFINITY, tags: Number.POSITIVE_INFINITY };

/**
 * A table of what happens to an image's tags: a row for those that have a digest before and after in common, in the order
 * moved, added, removed, rebuilt, pending. What is over the limits is counted.
 */
export function imageTable(image: ImageDiff, limits: TableLimits = unlimited): Markdown {
  const rows = imageRows(image);
  const shown = rows.slice(0, limits.rows).map((row) => cells(row, limits.tags));
  const left = rows.length - shown.length;
  const rest = left > 0 ? [[md`…`, md`and ${left} more rows`, md``, md``]] : [];
  return table([md`change`, md`tags`, md`from`, md`to`], [...shown, ...rest]);
}

function imageRows({ moved, added, removed, rebuilt, pending }: ImageDiff): Row[] {
  const bySteps = groupBy(moved, ({ from, to }) => `${from} ${to}`);
  const tagsOf = (changes: readonly { readonly tag: string }[]) => changes.map(({ tag }) => tag);
  return [
    ...[...bySteps.values()].map((moves): Row => ({ change: 'moved', ...moves[0], tags: tagsOf(moves) })),
    ...[...groupBy(added, ({ digest }) => digest)].map(
      ([to, own]): Row => ({ change: 'added', tags: tagsOf(own), to }),
    ),
    ...[...groupBy(removed, ({ digest }) => digest)].map(
      ([from, own]): Row => ({ change: 'removed', tags: tagsOf(own), from }),
    ),
    ...rebuilt.map((rebuild): Row => ({ change: 'rebuilt', ...rebuild })),
    ...(pending.length > 0 ? [{ change: 'pending', tags: pending } as const] : []),
  ];
}

function cells({ change, tags, from, to }: Row, limit: number): Markdown[] {
  return [prose(change), tagList(tags, limit), digestCell(from), digestCell(to)];
}

/** Tags as code, the first ones where there are more than `limit`. */
export function tagList(tags: readonly string[], limit: number): Markdown {
  const shown = joinMarkdown(tags.slice(0, limit).map(code), ' ');
  return tags.length > limit ? md`${shown} and ${tags.length - limit} more` : shown;
}

function digestCell(digest: string | undefined): Markdown {
  return digest === undefined ? md`` : code(shortDigest(digest));
}
