import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Digest } from '../core/names.ts';
import { unknownNameHint } from '../core/nearest.ts';
import { problemError } from '../core/problem.ts';
import { textTable } from '../core/text-table.ts';
import { lockfileName, readLockText } from '../lock/file.ts';
import { scanImage, sectionOf, splitLockfile } from '../lock/scan.ts';
import { groupPlatforms, isPending, type LockedImage, lockedGroups, tagDigests } from '../lock/types.ts';
import type { Context, Outcome } from '../session/context.ts';
import { type LockVersion, openLockVersions } from '../session/lock-versions.ts';

/** What a column shows of a row. */
type Cell = string | number;
type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

const imageColumns: Columns<ImageRow> = {
  image: ({ image }) => image,
  tags: ({ tags }) => tags,
  digests: ({ digests }) => digests,
  pending: ({ pending }) => pending,
};

const tagColumns: Columns<TagRow> = {
  image: ({ image }) => image,
  tag: ({ tag }) => tag,
  digest: ({ digest }) => digest ?? '-',
  state: ({ state }) => state,
  platforms: ({ platforms }) => platforms?.join(', ') ?? '',
  aliases: ({ aliases }) => aliases.join(', '),
  since: ({ since }) => since?.time ?? '',
  commit: ({ since }) => since?.commit.slice(0, 12) ?? '',
};

/** How a list is wanted: see `LsOptions`. */
interface Listing {
  readonly image?: string;
  readonly columns?: string;
  readonly sort?: string;
  readonly reverse?: boolean;
}

/**
 * Lists tags by columns, or images where no column of tags is named. The JSON has every field, whatever the columns.
 *
 * @throws UserError `ls/unknown-column`
 */
export async function listColumns(
  context: Context,
  images: readonly LockedImage[],
  listing: Listing,
): Promise<Outcome> {
  const isOne = listing.image !== undefined;
  const named = [...namesIn(listing.columns), ...(listing.sort === undefined ? [] : [listing.sort])];
  if (!isOne && named.every((name) => Object.hasOwn(imageColumns, name)))
    return outcomeOf(images.map(imageRow), imageColumns, Object.keys(imageColumns), listing, (rows) => ({
      images: rows,
    }));
  const known = isOne ? tagColumns : { ...imageColumns, ...tagColumns };
  for (const name of named) if (!Object.hasOwn(tagColumns, name)) throw unknownColumn(name, Object.keys(known), known);
  const times = await timesOf(context, images);
  const rows = images.flatMap((image) => tagRows(image, times.get(image.image)));
  const usual = [isOne ? [] : ['image'], 'tag', 'digest', 'state', 'platforms'].flat();
  return outcomeOf(rows, tagColumns, usual, listing, (tags) => ({ ...defined({ image: listing.image }), tags }));
}

function namesIn(columns: string | undefined): string[] {
  return columns === undefined ? [] : columns.split(',').map((name) => name.trim().toLowerCase());
}

function unknownColumn(name: string, names: readonly string[], known: object) {
  const isOfImages = Object.hasOwn(known, name);
  const message = isOfImages
    ? 'This is a column of images: it does not go with columns of tags.'
    : 'There is no column of this name.';
  const ofTags = `Columns of tags are ${Object.keys(tagColumns).join(', ')}; of images ${Object.keys(imageColumns).join(', ')}.`;
  const near = isOfImages ? undefined : unknownNameHint(name, names);
  const hint = near?.startsWith('Did you mean') ? `${near} ${ofTags}` : ofTags;
  return problemError('ls/unknown-column', message, name, hint);
}

function outcomeOf<Row>(
  rows: readonly Row[],
  known: Columns<Row>,
  usual: readonly string[],
  { columns, sort, reverse = false }: Listing,
  json: (rows: readonly Row[]) => object,
): Outcome {
  const by = sort === undefined ? undefined : known[sort];
  const ordered = by === undefined ? [...rows] : rows.toSorted((one, other) => compareCells(by(one), by(other)));
  if (reverse) ordered.reverse();
  const names = columns === undefined ? usual : namesIn(columns);
  const cells = ordered.map((row) => names.map((name) => known[name]?.(row) ?? ''));
  const isNumber = names.map((_, column) => cells.some((row) => typeof row[column] === 'number'));
  // Only numbers at the end of a line stand to the right.
  const left = isNumber.lastIndexOf(false) + 1;
  const text = textTable(
    names.map((name) => name.toUpperCase()),
    cells.map((row) => row.map(String)),
    isNumber.slice(0, left).includes(true) ? names.length : left,
  );
  return { exitCode: ExitCode.done, text, json: { schema: 'mirrorlock/ls/v1', ...json(ordered) }, problems: [] };
}

/** Numbers by their size, versions by their parts: `3.9` before `3.10`. */
function compareCells(one: Cell, other: Cell): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return collator.compare(`${one}`, `${other}`);
}

const collator = new Intl.Collator('en', { numeric: true });

interface ImageRow {
  readonly image: string;
  readonly tags: number;
  readonly digests: number;
  /** Tags that are pending. */
  readonly pending: number;
}

function imageRow(image: LockedImage): ImageRow {
  const groups = lockedGroups(image);
  const tags = groups.reduce((sum, group) => sum + group.tags.length, 0);
  return { image: image.image, tags, digests: groups.length, pending: pendingTags(image).size };
}

function pendingTags({ entries }: LockedImage): Set<string> {
  return new Set(entries.flatMap((entry) => (isPending(entry) ? entry.pending : [])));
}

interface TagRow {
  readonly image: string;
  readonly tag: string;
  readonly digest: string | null;
  readonly pending: boolean;
  readonly state: 'locked' | 'newer pending' | 'pending';
  readonly platforms?: readonly string[];
  /** The other tags of the same digest. */
  readonly aliases: readonly string[];
  /** Since when the tag has its digest, by git. */
  readonly since?: { readonly time: string; readonly commit: string };
}

function tagRows(image: LockedImage, times: ReadonlyMap<string, LockVersion> | undefined): TagRow[] {
  const waiting = pendingTags(image);
  const locked = lockedGroups(image).flatMap((group) =>
    group.tags.map((tag): TagRow => {
      const pending = waiting.delete(tag);
      const since = times?.get(tag);
      return {
        ...{ image: image.image, tag, digest: group.digest, pending, state: pending ? 'newer pending' : 'locked' },
        ...defined({ platforms: groupPlatforms(group) }),
        aliases: group.tags.filter((other) => other !== tag),
        ...(since && { since: { time: isoTime(since.time), commit: since.commit } }),
      };
    }),
  );
  const unpublished = [...waiting].map(
    (tag): TagRow => ({ image: image.image, tag, digest: null, pending: true, state: 'pending', aliases: [] }),
  );
  return [...locked, ...unpublished];
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
}

/** An image whose tags are followed back. */
interface Followed {
  readonly image: LockedImage;
  /** Tags whose digest was the same in all versions up to now, and that digest. */
  readonly open: Map<string, Digest>;
  readonly since: Map<string, LockVersion>;
  /** The lines of the image in the version that was read last. */
  lines: string | undefined;
}

/** Since when each tag has its digest, by image: from the newest version of the lockfile back. Empty outside of git. */
async function timesOf(
  context: Context,
  images: readonly LockedImage[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, LockVersion>>> {
  const followed = images.map(
    (image): Followed => ({ image, open: new Map(tagDigests(image)), since: new Map(), lines: undefined }),
  );
  const history = await openLockVersions(context);
  for await (const [version, text] of history?.read(history.versions) ?? []) {
    const going = followed.filter(({ open }) => open.size > 0);
    if (going.length === 0) break;
    for (const one of going) await goBack(one, version, text);
  }
  return new Map(followed.map(({ image, since }) => [image.image, since]));
}

/** Tags that have another digest in this version have theirs since the one after it. */
async function goBack(one: Followed, version: LockVersion, text: string | undefined): Promise<void> {
  const lines = text === undefined ? undefined : sectionOf(text, one.image.image);
  if (lines === undefined || lines !== one.lines) {
    const digests = tagDigests(await imageIn(text, one.image.image, lines));
    for (const [tag, digest] of one.open) if (digests.get(tag as never) !== digest) one.open.delete(tag);
    one.lines = lines;
  }
  for (const tag of one.open.keys()) one.since.set(tag, version);
}

/** The image of a version of the lockfile; a text that cannot be read has none. */
async function imageIn(
  text: string | undefined,
  name: string,
  lines: string | undefined,
): Promise<LockedImage | undefined> {
  if (text === undefined) return undefined;
  const scanned = lines === undefined ? undefined : scanImage(name, lines);
  if (scanned !== undefined || splitLockfile(text)?.images.has(name) === false) return scanned;
  const read = await attempt(() => readLockText(text, lockfileName));
  return read.ok ? read.value.images.find(({ image }) => image === name) : undefined;
}
