import { defined } from '../core/defined.ts';
import type { Digest } from '../core/names.ts';
import { type Lockfile, lockedGroups, tagDigests } from '../lock/types.ts';
import type { ChildBuild, GroupEvidence, Step } from './types.ts';

/**
 * The steps from one lockfile to another: each digest that an image has now and had not before, with its tags. `from` is the
 * digest that most of them had, the first of those that are equal. Pure.
 */
export function stepsBetween(before: Lockfile | undefined, after: Lockfile): Step[] {
  const oldImages = new Map(before?.images.map((image) => [image.image, image]));
  return after.images.flatMap((image) => {
    const old = oldImages.get(image.image);
    const oldDigests = tagDigests(old);
    const known = new Set(lockedGroups(old).map(({ digest }) => digest));
    return lockedGroups(image)
      .filter(({ digest }) => !known.has(digest))
      .map(({ digest: to, tags }): Step => {
        const from = mostFrequent(tags.flatMap((tag) => oldDigests.get(tag) ?? []));
        return { image: image.image, to, tags, ...defined({ from }) };
      });
  });
}

function mostFrequent(digests: readonly Digest[]): Digest | undefined {
  const counts = new Map<Digest, number>();
  for (const digest of digests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return [...counts].reduce<[Digest | undefined, number]>(
    (most, one) => (one[1] > most[1] ? one : most),
    [undefined, 0],
  )[0];
}

/** What is known of a step before the new index is read. */
export interface KnownStep {
  readonly group: GroupEvidence;
  /** What the old index says. */
  readonly before?: readonly ChildBuild[];
}

/**
 * Steps in the order in which their indexes say most, where not all may be read: first one for each base that images
 * rest on, then one for each image, then those of which git says that the source is the same, then all others. Pure.
 */
export function inOrderOfWorth<Known extends KnownStep>(steps: readonly Known[]): Known[] {
  const bases = new Set<string>();
  const images = new Set<string>();
  const ranked = steps.map((step) => {
    const base = step.before?.find((build) => build.base !== undefined)?.base;
    const baseName = base === undefined ? undefined : `${base.name} ${base.digest ?? ''}`;
    const isFirstOfBase = baseName !== undefined && !bases.has(baseName);
    const isFirstOfImage = !images.has(step.group.image);
    if (baseName !== undefined) bases.add(baseName);
    images.add(step.group.image);
    return { step, rank: rankOf(step, isFirstOfBase, isFirstOfImage) };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ step }) => step);
}

/** A step whose source differs has a cause by git already, and a new one has nothing to be compared with. */
function rankOf({ group, before }: KnownStep, isFirstOfBase: boolean, isFirstOfImage: boolean): number {
  if (group.from === undefined || before === undefined) return isFirstOfImage ? 4 : 5;
  if (group.source?.isSame === false) return isFirstOfImage ? 2 : 3;
  return isFirstOfBase ? 0 : isFirstOfImage ? 1 : 2;
}
