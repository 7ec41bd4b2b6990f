import { groupBy } from '../core/group-by.ts';
import type { ImageName } from '../core/names.ts';
import type { ImageDiff, LockDiff } from '../diff/types.ts';
import { type LockedImage, type Lockfile, tagDigests } from '../lock/types.ts';
import { findPlatformsLost, findVersionSteps } from './find-steps.ts';
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
