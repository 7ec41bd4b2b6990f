import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import {
  groupPlatforms,
  isPending,
  type LockEntry,
  type LockedGroup,
  type LockedImage,
  type Lockfile,
  lockedGroups,
  tagDigests,
} from '../lock/types.ts';
import { sortLeaving } from './leaving.ts';
import { findReleases } from './releases.ts';
import type { DiffCounts, ImageDiff, LockDiff, PlatformChange, Rebuild, Release, TagChange, TagMove } from './types.ts';

/** Compares two lockfiles by tag; an absent one is empty. Pure. */
export function diffLockfiles(from: Lockfile | undefined, to: Lockfile | undefined): LockDiff {
  const before = byName(from);
  const after = byName(to);
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const isOtherConfig = from !== undefined && to !== undefined && from.configHash !== to.configHash;
  return {
    upstream: { from: from?.upstream.commit, to: to?.upstream.commit },
    ...(isOtherConfig ? { config: { from: from.configHash, to: to.configHash } } : {}),
    images: names.map((name) => diffImage(name, before.get(name), after.get(name), !isOtherConfig)).filter(differs),
  };
}

/** Counts what happens in all images. */
export function countDiff(diff: Pick<LockDiff, 'images'>): DiffCounts {
  const sum = (count: (image: ImageDiff) => number) => diff.images.reduce((total, image) => total + count(image), 0);
  const withdrawn = sum((image) => image.withdrawn?.length ?? 0);
  const details = sum((image) => image.details?.length ?? 0);
  const awaiting = sum((image) => image.awaiting?.length ?? 0);
  return {
    releases: sum(({ releases }) => releases.length),
    rebuilt: sum(({ rebuilt }) => rebuilt.length),
    moved: sum(({ moved }) => moved.length),
    added: sum(({ added }) => added.length),
    ended: sum(({ ended }) => ended.length),
    floating: sum(({ floating }) => floating.length),
    removed: sum(({ removed }) => removed.length),
    replaced: sum(({ releases }) => releases.flatMap(({ replaced }) => replaced).length),
    pending: sum(({ pending }) => pending.length),
    ...(awaiting > 0 ? { awaiting } : {}),
    ...(withdrawn > 0 ? { withdrawn } : {}),
    ...(details > 0 ? { details } : {}),
  };
}

/** A tag whose digest differs; without `from` it is new, without `to` it leaves. */
export interface TagStep {
  readonly tag: Tag;
  readonly from?: Digest;
  readonly to?: Digest;
}

/** Every tag of an image whose digest differs, once. */
export function tagSteps({ releases, rebuilt, moved, added, ...left }: ImageDiff): TagStep[] {
  const released = releases.flatMap(({ from, to, tags, added, replaced }): TagStep[] => [
    ...tags.map((tag) => ({ tag, from, to })),
    ...added.map((tag) => ({ tag, to })),
    ...replaced.map(leaves),
  ]);
  return [
    ...released,
    ...rebuilt.flatMap(({ tags, from, to }) => tags.map((tag) => ({ tag, from, to }))),
    ...moved,
    ...added.map(({ tag, digest }) => ({ tag, to: digest })),
    ...[...left.ended.flatMap(({ tags }) => tags), ...left.floating, ...left.removed, ...(left.awaiting ?? [])].map(
      leaves,
    ),
  ];
}

function leaves({ tag, digest }: TagChange): TagStep {
  return { tag, from: digest };
}

function diffImage(
  image: ImageName,
  from: LockedImage | undefined,
  to: LockedImage | undefined,
  hasSameRules: boolean,
): ImageDiff {
  const tags = changedTags(from, to, hasSameRules);
  const steps = tagSteps({ image, ...tags, pending: [] });
  const platforms = platformChanges(steps, from, to);
  const pending = missingTags(pendingTags(from), pendingTags(to));
  const settled = missingTags(pendingTags(to), pendingTags(from));
  const locked = new Set(steps.map(({ tag }) => tag));
  const withdrawn = settled.filter((tag) => !locked.has(tag));
  const details = changedDetails(from, to, { locked, pending: new Set([...pending, ...settled]) });
  const isGone = tagDigests(from).size > 0 && tagDigests(to).size === 0 && pendingTags(to).size === 0;
  return {
    image,
    ...(isGone ? { gone: true } : {}),
    ...tags,
    pending,
    ...(withdrawn.length === 0 ? {} : { withdrawn }),
    ...(details.length === 0 ? {} : { details }),
    ...(platforms.length === 0 ? {} : { platforms }),
  };
}

/** The tags whose digest differs, each in one list. */
function changedTags(from: LockedImage | undefined, to: LockedImage | undefined, hasSameRules: boolean) {
  const [before, after] = [tagDigests(from), tagDigests(to)];
  const [oldGroups, newGroups] = [lockedGroups(from), lockedGroups(to)];
  const rebuilt = newGroups.flatMap((group) => rebuildOf(group, oldGroups, before));
  const rebuiltTags = new Set(rebuilt.flatMap(({ tags }) => tags));
  const steps = [...after].flatMap(([tag, digest]): TagMove[] => {
    const old = before.get(tag);
    return old === undefined || old === digest || rebuiltTags.has(tag) ? [] : [{ tag, from: old, to: digest }];
  });
  const found = findReleases(oldGroups, newGroups, steps, hasSameRules);
  const held = new Set([...after.keys(), ...pendingTags(to)]);
  const leaving = sortLeaving({
    before: oldGroups,
    stays: new Set(after.keys()),
    after: held,
    releases: found,
    pending: (to?.entries ?? []).flatMap((entry) => (isPending(entry) ? [entry.pending] : [])),
  });
  const told = new Set(found.flatMap(({ tags }) => tags));
  const releases = found.map((release, index): Release => {
    const { old, fresh, version, tags } = release;
    const isFirst = found.findIndex((other) => other.fresh === fresh) === index;
    const added = isFirst ? fresh.tags.filter((tag) => !before.has(tag)) : [];
    for (const tag of added) told.add(tag);
    const replaced = leaving.replaced.get(release) ?? [];
    return { version, from: old.digest, to: fresh.digest, tags, added, replaced };
  });
  return {
    releases,
    rebuilt,
    moved: steps.filter(({ tag }) => !told.has(tag)),
    added: missingIn(before, after).filter(({ tag }) => !told.has(tag)),
    ended: leaving.ended,
    floating: leaving.floating,
    removed: leaving.removed,
    ...(leaving.awaiting.length === 0 ? {} : { awaiting: leaving.awaiting }),
  };
}

/** A group whose digest is new and whose tags are those of one old group. */
function rebuildOf(
  { digest, tags }: LockedGroup,
  before: readonly LockedGroup[],
  digests: ReadonlyMap<Tag, Digest>,
): Rebuild[] {
  const [first] = tags;
  const from = first === undefined ? undefined : digests.get(first);
  const old = before.find((group) => group.digest === from);
  if (old === undefined || old.digest === digest || old.tags.length !== tags.length) return [];
  const own = new Set(old.tags);
  return tags.every((tag) => own.has(tag)) ? [{ tags, from: old.digest, to: digest }] : [];
}

function missingTags(here: ReadonlySet<Tag>, there: ReadonlySet<Tag>): Tag[] {
  return [...there].filter((tag) => !here.has(tag));
}

function missingIn(here: ReadonlyMap<Tag, Digest>, there: ReadonlyMap<Tag, Digest>): TagChange[] {
  return [...there].filter(([tag]) => !here.has(tag)).map(([tag, digest]) => ({ tag, digest }));
}

function pendingTags(image: LockedImage | undefined): Set<Tag> {
  return new Set((image?.entries ?? []).flatMap((entry) => (isPending(entry) ? entry.pending : [])));
}

function byName(lockfile: Lockfile | undefined): Map<ImageName, LockedImage> {
  return new Map((lockfile?.images ?? []).map((image) => [image.image, image]));
}

function differs(image: ImageDiff): boolean {
  const { pending, withdrawn = [], details = [] } = image;
  return [tagSteps(image), pending, withdrawn, details].some(({ length }) => length > 0);
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

/** Which of an image's tags go to an index of other platforms; tags of the same change together, in order. */
function platformChanges(
  steps: readonly TagStep[],
  before: LockedImage | undefined,
  after: LockedImage | undefined,
): PlatformChange[] {
  const [old, young] = [platformsByDigest(before), platformsByDigest(after)];
  const changes = steps.flatMap(({ tag, from, to }) => {
    if (from === undefined || to === undefined) return [];
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
type DiffJson = { readonly schema: 'mirrorlock/diff/v2'; readonly counts: DiffCounts } & LockDiff;

/** The difference as data, with its counts. */
export function diffJson(diff: LockDiff): DiffJson {
  return { schema: 'mirrorlock/diff/v2', counts: countDiff(diff), ...diff };
}
