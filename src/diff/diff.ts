import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import {
  groupPlatforms,
  isPending,
  type LockEntry,
  type LockedImage,
  type Lockfile,
  lockedGroups,
  tagDigests,
} from '../lock/types.ts';
import type { DiffCounts, ImageDiff, LockDiff, PlatformChange, Rebuild, TagChange, TagMove } from './types.ts';

/** Compares two lockfiles by tag; an absent one is empty. Pure. */
export function diffLockfiles(from: Lockfile | undefined, to: Lockfile | undefined): LockDiff {
  const before = byName(from);
  const after = byName(to);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const isOtherConfig = from !== undefined && to !== undefined && from.configHash !== to.configHash;
  return {
    upstream: { from: from?.upstream.commit, to: to?.upstream.commit },
    ...(isOtherConfig ? { config: { from: from.configHash, to: to.configHash } } : {}),
    images: names.map((name) => diffImage(name, before.get(name), after.get(name))).filter(differs),
  };
}

/** Counts the tags (and for rebuilds the groups) of all images. */
export function countDiff(diff: LockDiff): DiffCounts {
  const sum = (count: (image: ImageDiff) => number) => diff.images.reduce((total, image) => total + count(image), 0);
  const withdrawn = sum((image) => image.withdrawn?.length ?? 0);
  const details = sum((image) => image.details?.length ?? 0);
  return {
    added: sum(({ added }) => added.length),
    removed: sum(({ removed }) => removed.length),
    moved: sum(({ moved }) => moved.length),
    rebuilt: sum(({ rebuilt }) => rebuilt.length),
    pending: sum(({ pending }) => pending.length),
    ...(withdrawn > 0 ? { withdrawn } : {}),
    ...(details > 0 ? { details } : {}),
  };
}

function diffImage(image: ImageName, from: LockedImage | undefined, to: LockedImage | undefined): ImageDiff {
  const before = tagDigests(from);
  const after = tagDigests(to);
  const firstBefore = firstTags(from);
  const firstAfter = firstTags(to);
  const moved: TagMove[] = [];
  const rebuilt = new Map<string, { tags: Tag[]; from: Digest; to: Digest }>();
  for (const [tag, digest] of after) {
    const old = before.get(tag);
    if (old === undefined || old === digest) continue;
    if (firstBefore.get(tag) !== firstAfter.get(tag)) moved.push({ tag, from: old, to: digest });
    else {
      const key = `${old} ${digest}`;
      const rebuild = rebuilt.get(key) ?? { tags: [], from: old, to: digest };
      rebuild.tags.push(tag);
      rebuilt.set(key, rebuild);
    }
  }
  const rebuilds = [...rebuilt.values()] satisfies Rebuild[];
  const steps = [...moved, ...rebuilds.flatMap(({ tags, from, to }) => tags.map((tag) => ({ tag, from, to })))];
  const platforms = platformChanges(steps, from, to);
  const added = missingIn(before, after);
  const removed = missingIn(after, before);
  const pending = missingTags(pendingTags(from), pendingTags(to));
  const settled = missingTags(pendingTags(to), pendingTags(from));
  const locked = new Set([...added, ...removed, ...steps].map(({ tag }) => tag));
  const withdrawn = settled.filter((tag) => !locked.has(tag));
  const details = changedDetails(from, to, { locked, pending: new Set([...pending, ...settled]) });
  return {
    image,
    added,
    removed,
    moved,
    rebuilt: rebuilds,
    pending,
    ...(withdrawn.length === 0 ? {} : { withdrawn }),
    ...(details.length === 0 ? {} : { details }),
    ...(platforms.length === 0 ? {} : { platforms }),
  };
}

function missingTags(here: ReadonlySet<Tag>, there: ReadonlySet<Tag>): Tag[] {
  return [...there].filter((tag) => !here.has(tag));
}

function missingIn(here: ReadonlyMap<Tag, Digest>, there: ReadonlyMap<Tag, Digest>): TagChange[] {
  return [...there].filter(([tag]) => !here.has(tag)).map(([tag, digest]) => ({ tag, digest }));
}

/** The first tag of each tag's group: what tells a rebuild from a move. */
function firstTags(image: LockedImage | undefined): Map<Tag, Tag | undefined> {
  return new Map(lockedGroups(image).flatMap(({ tags }) => tags.map((tag) => [tag, tags[0]] as const)));
}

function pendingTags(image: LockedImage | undefined): Set<Tag> {
  return new Set((image?.entries ?? []).flatMap((entry) => (isPending(entry) ? entry.pending : [])));
}

function byName(lockfile: Lockfile | undefined): Map<ImageName, LockedImage> {
  return new Map((lockfile?.images ?? []).map((image) => [image.image, image]));
}

function differs({ added, removed, moved, rebuilt, pending, withdrawn = [], details = [] }: ImageDiff): boolean {
  return [added, removed, moved, rebuilt, pending, withdrawn, details].some(({ length }) => length > 0);
}

/** Tags whose change is reported in another list. */
interface Told {
  readonly locked: ReadonlySet<Tag>;
  readonly pending: ReadonlySet<Tag>;
}

/** An entry without the tags that are told otherwise, as a text to compare. */
interface Rest {
  readonly tags: readonly Tag[];
  readonly text: string;
}

/**
 * The tags of an image whose group a lockfile writes otherwise than before, though nothing else changes of them.
 * Another order of groups and tags is no change.
 */
function changedDetails(from: LockedImage | undefined, to: LockedImage | undefined, told: Told): Tag[] {
  const rests = (image: LockedImage | undefined) =>
    (image?.entries ?? []).map((entry) => restOf(entry, told)).filter(({ tags }) => tags.length > 0);
  const known = new Set(rests(from).map(({ text }) => text));
  return [...new Set(rests(to).flatMap(({ tags, text }) => (known.has(text) ? [] : tags)))];
}

function restOf(entry: LockEntry, told: Told): Rest {
  if (isPending(entry)) {
    const tags = entry.pending.filter((tag) => !told.pending.has(tag));
    return { tags, text: JSON.stringify(['pending', tags.toSorted(), entry.seen]) };
  }
  const tags = entry.tags.filter((tag) => !told.locked.has(tag));
  return { tags, text: JSON.stringify([entry.digest, tags.toSorted(), entry.index]) };
}

/** A tag that goes from one digest to another. */
interface Step {
  readonly tag: Tag;
  readonly from: Digest;
  readonly to: Digest;
}

/** Which of an image's tags go to an index of other platforms; tags of the same change together, in order. */
function platformChanges(
  steps: readonly Step[],
  before: LockedImage | undefined,
  after: LockedImage | undefined,
): PlatformChange[] {
  const [old, young] = [platformsByDigest(before), platformsByDigest(after)];
  const changes = steps.flatMap(({ tag, from, to }) => {
    const [had, has] = [old.get(from), young.get(to)];
    if (had === undefined || has === undefined) return [];
    const lost = had.filter((platform) => !has.includes(platform));
    const gained = has.filter((platform) => !had.includes(platform));
    return lost.length + gained.length === 0 ? [] : [{ tag, lost, gained }];
  });
  return [...groupBy(changes, ({ lost, gained }) => `${lost.join()} ${gained.join()}`).values()].flatMap((own) =>
    own.slice(0, 1).map(({ lost, gained }) => ({ tags: own.map(({ tag }) => tag), lost, gained })),
  );
}

function platformsByDigest(image: LockedImage | undefined): Map<Digest, readonly PlatformText[]> {
  return new Map(
    lockedGroups(image).flatMap((group) => {
      const platforms = groupPlatforms(group);
      return platforms === undefined ? [] : [[group.digest, platforms] as const];
    }),
  );
}

/** The shape that `mirrorlock diff --json` prints. */
type DiffJson = { readonly schema: 'mirrorlock/diff/v1'; readonly counts: DiffCounts } & LockDiff;

/** The difference as data, with its counts. */
export function diffJson(diff: LockDiff): DiffJson {
  return { schema: 'mirrorlock/diff/v1', counts: countDiff(diff), ...diff };
}
