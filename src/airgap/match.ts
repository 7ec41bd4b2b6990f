import { defined } from '../core/defined.ts';
import type { Problem } from '../core/problem.ts';
import { type LockedImage, type Lockfile, lockedGroups, tagDigests } from '../lock/types.ts';
import type { ExportRecord } from './record.ts';

const mostProblems = 20;

/**
 * What an export holds that the lockfile does not name: a tag, or a tag at another digest. Nothing of such an export is
 * imported. Pure.
 */
export function otherThanLocked({ images }: ExportRecord, lockfile: Lockfile): Problem[] {
  const locked = new Map(lockfile.images.map((image) => [image.image, tagDigests(image)]));
  const problems = images.flatMap(({ image, groups }) =>
    groups.flatMap(({ digest, tags }) =>
      tags.flatMap((tag) => {
        const wanted = locked.get(image)?.get(tag);
        if (wanted === digest) return [];
        const message =
          wanted === undefined
            ? `The export has ${image}:${tag}, which the lockfile here does not name.`
            : `The export has another digest for ${image}:${tag} than the lockfile here.`;
        return [notLocked(message, digest)];
      }),
    ),
  );
  const more = problems.length - mostProblems;
  if (more <= 0) return problems;
  return [...problems.slice(0, mostProblems), notLocked(`The export differs in ${more} more tags.`)];
}

/** The part of the lockfile that an export is about, and how many locked tags it leaves out. Pure. */
export function exportedPart({ images }: ExportRecord, lockfile: Lockfile): { images: LockedImage[]; absent: number } {
  const exported = new Map(images.map((one) => [one.image, new Set(one.groups.flatMap(({ tags }) => tags))]));
  const part = lockfile.images.flatMap((image) => {
    const tags = exported.get(image.image);
    const entries = lockedGroups(image)
      .map((group) => ({ ...group, tags: group.tags.filter((tag) => tags?.has(tag)) }))
      .filter((group) => group.tags.length > 0);
    return entries.length === 0 ? [] : [{ image: image.image, entries }];
  });
  return { images: part, absent: countTags(lockfile.images) - countTags(part) };
}

function countTags(images: readonly LockedImage[]): number {
  return images.flatMap(lockedGroups).reduce((sum, { tags }) => sum + tags.length, 0);
}

function notLocked(message: string, value?: string): Problem {
  const hint = 'Use the lockfile that the export was made from, or export this one.';
  const seen = defined({ value });
  return { code: 'airgap/not-in-lockfile', severity: 'error', message, ...seen, hint };
}
