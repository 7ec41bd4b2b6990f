import { groupBy } from '../core/group-by.ts';
import { list, table } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import type { ImageDiff, LockDiff, TagChange } from '../diff/types.ts';
import { changesHeadline } from './markdown.ts';
import { detailWords, shortDigest, titleOf } from './words.ts';

/** The difference as Markdown: a headline, `words` below it, and a table for each image. */
export function diffMarkdown(diff: LockDiff, words: readonly Markdown[] = []): Markdown {
  if (diff.images.length === 0) return md`${prose(sentence(titleOf(diff)))}\n`;
  const sections = diff.images.map((image) =>
    joinMarkdown([md`### ${code(image.image)}`, ...imageTable(image), ...imageNotes(image)], '\n\n'),
  );
  return md`${joinMarkdown([changesHeadline({ diff }), ...words, ...sections], '\n\n')}\n`;
}

const sentence = (words: string) => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;

/** A list of what is not in the table: tags that get other platforms, are pending no more, or have other details. */
export function imageNotes(image: ImageDiff, tags = Number.POSITIVE_INFINITY): Markdown[] {
  const { withdrawn = [], details = [], awaiting = [] } = image;
  const notes = [
    ...platformNotes(image, tags),
    ...awaiting.slice(0, tags).map(({ tag, until }) => md`${code(tag)} stays until ${code(until)} is published`),
    ...(awaiting.length > tags ? [md`${awaiting.length - tags} more, until what follows is published`] : []),
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

/** What happens at a step from one digest to another, either of which may be absent. */
interface Row {
  readonly change: 'release' | 'moved' | 'added' | 'removed' | 'ended' | 'rebuilt' | 'pending';
  /** Tags that are there before and after, or pending. */
  readonly tags: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly from?: string;
  readonly to?: string;
}

interface TableLimits {
  readonly rows: number;
  /** Tags in a row. */
  readonly tags: number;
}

const unlimited: TableLimits = { rows: Number.POSITIVE_INFINITY, tags: Number.POSITIVE_INFINITY };

/**
 * A table of what happens to an image's tags. A row is a step from one digest to another: the tags that take it, and
 * beside them the tags added at the new digest and those removed from the old one, which are its old and new version.
 * What ended comes first, then releases, moves, rebuilds, what is only added or removed, and pending tags. What is over the
 * limits is counted. Nothing where there is no row.
 */
export function imageTable(image: ImageDiff, limits: TableLimits = unlimited): Markdown[] {
  const rows = imageRows(image);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, limits.rows).map((row) => cells(row, limits.tags));
  const left = rows.length - shown.length;
  const rest = left > 0 ? [[md`…`, md`and ${left} more rows`, md``, md``, md``, md``]] : [];
  return [table([md`change`, md`tags`, md`added`, md`removed`, md`from`, md`to`], [...shown, ...rest])];
}

function imageRows({
  ended,
  floating,
  releases,
  moved,
  added,
  removed,
  rebuilt,
  pending,
  awaiting = [],
}: ImageDiff): Row[] {
  const moves = [...groupBy(moved, ({ from, to }) => `${from} ${to}`).values()].flatMap((own) =>
    own.slice(0, 1).map(({ from, to }) => ({ change: 'moved' as const, from, to, tags: own.map(({ tag }) => tag) })),
  );
  const left = (change: Row['change'], own: readonly TagChange[]) =>
    byDigest(own).map(([from, tags]): Row => ({ change, tags: [], added: [], removed: tags, from }));
  return [
    ...ended.flatMap(({ tags }) => left('ended', tags)),
    ...left('removed', floating),
    ...releases.map(({ from, to, tags, added, replaced }): Row => {
      return { change: 'release', from, to, tags, added, removed: replaced.map(({ tag }) => tag) };
    }),
    ...moves.map((move): Row => ({ ...move, added: [], removed: [] })),
    ...rebuilt.map((rebuild): Row => ({ change: 'rebuilt', ...rebuild, added: [], removed: [] })),
    ...byDigest(added).map(([to, own]): Row => ({ change: 'added', tags: [], added: own, removed: [], to })),
    ...left('removed', removed),
    ...left('pending', awaiting),
    ...(pending.length > 0 ? [{ change: 'pending', tags: pending, added: [], removed: [] } as const] : []),
  ];
}

function byDigest(changes: readonly TagChange[]): [string, string[]][] {
  const groups = groupBy(changes, ({ digest }) => digest);
  return [...groups].map(([digest, own]) => [digest, own.map(({ tag }) => tag)]);
}

function cells({ change, tags, added, removed, from, to }: Row, limit: number): Markdown[] {
  return [
    prose(change),
    ...[tags, added, removed].map((own) => tagList(own, limit)),
    ...[from, to].map((digest) => (digest === undefined ? md`` : code(shortDigest(digest)))),
  ];
}

/** Tags as code, the first ones where there are more than `limit`. */
export function tagList(tags: readonly string[], limit: number): Markdown {
  const shown = joinMarkdown(tags.slice(0, limit).map(code), ' ');
  return tags.length > limit ? md`${shown} and ${tags.length - limit} more` : shown;
}
