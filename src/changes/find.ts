import { compareVersions } from '../config/version-range.ts';
import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { type TagStep, tagSteps } from '../diff/diff.ts';
import type { ImageDiff, LockDiff } from '../diff/types.ts';
import {
  isPending,
  type LockedGroup,
  type LockedImage,
  type Lockfile,
  lockedGroups,
  tagDigests,
} from '../lock/types.ts';
import { type TagVersion, tagVersion } from '../select/tag-version.ts';
import type { Finding } from './findings.ts';

const fewestManyRemoved = 10;

/** The tag of a pending group that the source was asked for. */
export type AskedFor = (image: ImageName, tag: Tag) => Tag | undefined;

/**
 * What a reviewer does well to look at first, the gravest kind first: another upstream repository, images without a tag
 * left, series that ended, floating tags that left, that went back or across a major version, platforms lost, many removals,
 * pending tags. Pure.
 */
export function findToLookAt(
  before: Lockfile | undefined,
  after: Lockfile | undefined,
  diff: LockDiff,
  askedFor: AskedFor = () => undefined,
): Finding[] {
  const old = imagesByName(before);
  const young = imagesByName(after);
  const ofImages = diff.images.flatMap((image) =>
    findInImage(image, old.get(image.image), young.get(image.image), askedFor),
  );
  const order = kinds.map((kind) => ofImages.filter((finding) => finding.kind === kind));
  return [...findUpstream(before, after), ...order.flat()];
}

const kinds: readonly Finding['kind'][] = [
  'gone',
  'ended',
  'floating',
  'back',
  'major',
  'platforms',
  'many-removed',
  'pending',
];

function findUpstream(before: Lockfile | undefined, after: Lockfile | undefined): Finding[] {
  const from = before?.upstream.repository;
  const to = after?.upstream.repository;
  return from === undefined || to === undefined || from === to ? [] : [{ kind: 'upstream', from, to }];
}

function findInImage(
  diff: ImageDiff,
  before: LockedImage | undefined,
  after: LockedImage | undefined,
  askedFor: AskedFor,
): Finding[] {
  const { image } = diff;
  const isGone = tagDigests(after).size === 0;
  const [ended, floating] = isGone ? [[], []] : [diff.ended, diff.floating];
  return [
    ...findRemovals(diff, tagDigests(before).size, tagDigests(after).size),
    ...ended.map(({ series, tags }): Finding => ({ kind: 'ended', image, series, tags: tags.map(({ tag }) => tag) })),
    ...(floating.length > 0 ? [{ kind: 'floating', image, tags: floating.map(({ tag }) => tag) } as const] : []),
    ...findVersionSteps(image, tagSteps(diff), before, after),
    ...findPlatformsLost(diff),
    ...findPending(diff, after, askedFor),
  ];
}

/** Many: 10 tags fewer than before, or fewer than half of them, those of ended series left out. */
function findRemovals(diff: ImageDiff, before: number, after: number): Finding[] {
  const { image, ended, removed, floating, releases, awaiting = [] } = diff;
  const left = [...removed, ...floating].length;
  if (before > 0 && after === 0) return [{ kind: 'gone', image, removed: before }];
  const rest = before - ended.flatMap(({ tags }) => tags).length - awaiting.length;
  const isMany = left > 0 && ((left >= fewestManyRemoved && rest - after >= fewestManyRemoved) || after * 2 < rest);
  const added = diff.added.length + releases.flatMap((release) => release.added).length;
  return isMany ? [{ kind: 'many-removed', image, removed: left, added, before }] : [];
}

/** The groups with tags that are pending now and were not before. */
function findPending(
  { image, pending, awaiting = [] }: ImageDiff,
  after: LockedImage | undefined,
  askedFor: AskedFor,
): Finding[] {
  return (after?.entries ?? []).filter(isPending).flatMap((entry): Finding[] => {
    const tags = entry.pending.filter((tag) => pending.includes(tag));
    const [first] = tags;
    if (first === undefined) return [];
    const hasIndex = entry.seen !== undefined;
    const stays = awaiting.filter(({ until }) => entry.pending.includes(until)).map(({ tag }) => tag);
    const more = { ...defined({ asked: askedFor(image, first) }), ...(stays.length === 0 ? {} : { stays }) };
    return [{ kind: 'pending', image, tags, ...more, hasIndex }];
  });
}

function imagesByName(lockfile: Lockfile | undefined): Map<ImageName, LockedImage> {
  return new Map((lockfile?.images ?? []).map((image) => [image.image, image]));
}

type Before = LockedImage | undefined;
type VersionFinding = Extract<Finding, { kind: 'back' | 'major' }>;

/** Tags without a version of their own, such as `latest`, whose groups' other tags tell of another major or an older version. */
function findVersionSteps(image: ImageName, all: readonly TagStep[], before: Before, after: Before): Finding[] {
  const steps = groupBy(all, ({ from, to }) => `${from} ${to}`);
  const found = [...steps.values()].flatMap((own): VersionFinding[] => {
    const [{ from, to } = {}] = own;
    const tags = own.map(({ tag }) => tag);
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
  return [...groupBy(found, ({ kind, from, to }) => `${kind} ${from} ${to}`).values()].flatMap((own) =>
    own.slice(0, 1).map((first) => ({ ...first, tags: own.flatMap(({ tags }) => tags) })),
  );
}

/** Tags whose new index has fewer platforms than the old one, where the lockfiles know them. */
function findPlatformsLost({ image, platforms = [] }: ImageDiff): Finding[] {
  return platforms.flatMap(({ tags, lost }) => (lost.length === 0 ? [] : [{ kind: 'platforms', image, tags, lost }]));
}

function groupOf(image: Before, digest: Digest | undefined): LockedGroup | undefined {
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
