import { compareVersions } from '../config/version-range.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { ImageDiff, LockDiff } from '../diff/types.ts';
import { type LockedGroup, type LockedImage, type Lockfile, lockedGroups, tagDigests } from '../lock/types.ts';
import { type TagVersion, tagVersion } from '../select/tag-version.ts';
import type { Finding, Step } from './findings.ts';

const fewestManyRemoved = 10;

/**
 * What a reviewer does well to look at first, the gravest kind first: another upstream repository, images without a tag
 * left, floating tags that went back or across a major version, platforms lost, many removals, pending tags. Pure.
 */
export function findToLookAt(before: Lockfile | undefined, after: Lockfile, diff: LockDiff): Finding[] {
  const old = imagesByName(before);
  const young = imagesByName(after);
  const ofImages = diff.images.flatMap((image) => findInImage(image, old.get(image.image), young.get(image.image)));
  const order = kinds.map((kind) => ofImages.filter((finding) => finding.kind === kind));
  return [...findUpstream(before, after), ...order.flat()];
}

const kinds: readonly Finding['kind'][] = ['gone', 'back', 'major', 'platforms', 'many-removed', 'pending'];

function findUpstream(before: Lockfile | undefined, after: Lockfile): Finding[] {
  const from = before?.upstream.repository;
  const to = after.upstream.repository;
  return from === undefined || from === to ? [] : [{ kind: 'upstream', from, to }];
}

function findInImage(diff: ImageDiff, before: LockedImage | undefined, after: LockedImage | undefined): Finding[] {
  const { image, pending } = diff;
  const steps = stepsOf(diff);
  return [
    ...findRemovals(diff, tagDigests(before).size, tagDigests(after).size),
    ...findVersionSteps(image, steps, before, after),
    ...findPlatformsLost(diff),
    ...(pending.length > 0 ? [{ kind: 'pending', image, tags: pending } as const] : []),
  ];
}

/** Many: 10 tags fewer than before, or fewer than half of them. A new version that replaces an old one is not many. */
function findRemovals({ image, removed, added }: ImageDiff, before: number, after: number): Finding[] {
  if (before > 0 && after === 0) return [{ kind: 'gone', image, removed: removed.length }];
  const isMany = before - after >= fewestManyRemoved || after * 2 < before;
  return isMany ? [{ kind: 'many-removed', image, removed: removed.length, added: added.length, before }] : [];
}

function stepsOf({ moved, rebuilt }: ImageDiff): Step[] {
  const moves = [...groupBy(moved, ({ from, to }) => `${from} ${to}`).values()];
  const steps = moves.flatMap((own) =>
    own.slice(0, 1).map(({ from, to }): Step => ({ from, to, tags: own.map(({ tag }) => tag) })),
  );
  return [...steps, ...rebuilt];
}

function imagesByName(lockfile: Lockfile | undefined): Map<ImageName, LockedImage> {
  return new Map((lockfile?.images ?? []).map((image) => [image.image, image]));
}

type Before = LockedImage | undefined;

/** Tags without a version of their own, such as `latest`, whose groups' other tags tell of another major or an older version. */
function findVersionSteps(image: ImageName, steps: readonly Step[], before: Before, after: Before): Finding[] {
  return steps.flatMap(({ from, to, tags }): Finding[] => {
    const floating = tags.filter((tag) => tagVersion(tag) === undefined);
    const [old, young] = [
      groupVersions(groupOf(before, from)?.tags ?? []),
      groupVersions(groupOf(after, to)?.tags ?? []),
    ];
    const kind = versionStep(old, young);
    const [oldest, newest] = [old[0], young.at(-1)];
    if (floating.length === 0 || kind === undefined || oldest === undefined || newest === undefined) return [];
    return [{ kind, image, tags: floating, from: oldest.text, to: newest.text }];
  });
}

/** Tags whose new index has fewer platforms than the old one, where the lockfiles know them. */
function findPlatformsLost({ image, platforms = [] }: ImageDiff): Finding[] {
  return platforms.flatMap(({ tags, lost }) => (lost.length === 0 ? [] : [{ kind: 'platforms', image, tags, lost }]));
}

function groupOf(image: Before, digest: Digest): LockedGroup | undefined {
  return lockedGroups(image).find((group) => group.digest === digest);
}

/** The versions that the tags of one group name, those that say most of it. Empty where no tag begins with a version. */
function groupVersions(tags: readonly Tag[]): readonly TagVersion[] {
  const versions = tags.map(tagVersion).filter((version) => version !== undefined);
  const precision = Math.max(...versions.map((version) => version.numbers.length), 0);
  return versions.filter((version) => version.numbers.length === precision).sort(compareVersions);
}

/** How a group's versions follow those of another: `back` where all are older, `major` where no major version is in both. */
function versionStep(from: readonly TagVersion[], to: readonly TagVersion[]): 'back' | 'major' | undefined {
  const [oldest] = from;
  const newest = to.at(-1);
  if (oldest === undefined || newest === undefined) return undefined;
  const isComparable = depth(oldest) === depth(newest) || oldest.numbers[0] !== newest.numbers[0];
  if (isComparable && compareVersions(newest, oldest) < 0) return 'back';
  const majors = new Set(from.map(({ numbers }) => numbers[0]));
  return to.some(({ numbers }) => majors.has(numbers[0])) ? undefined : 'major';
}

/** How much of a version is given: a third number or more says it all. */
function depth({ numbers }: TagVersion): number {
  return Math.min(3, numbers.length);
}
