import type { Tag } from '../core/names.ts';
import { isPending, type LockEntry, type LockedImage } from '../lock/types.ts';

/** Tags whose change is told otherwise. */
export interface Told {
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
export function changedDetails(from: LockedImage | undefined, to: LockedImage | undefined, told: Told): Tag[] {
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
