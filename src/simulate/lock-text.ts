import { formatLockfile } from '../lock/format.ts';
import { parseLockfile } from '../lock/parse.ts';
import { isPending, type LockEntry, type LockedImage, type Lockfile } from '../lock/types.ts';

/** A lockfile of the given images alone, where nothing else of it matters. */
export function lockfileOf(images: readonly LockedImage[], commit = '0'.repeat(40)): Lockfile {
  return { configHash: `sha256:${'0'.repeat(64)}`, upstream: { repository: '-', commit }, images };
}

/**
 * The lines that entries have in the lockfile. An entry is written by the lockfile's own writer, and read back, once for
 * each list of tags: with another digest one line differs, in the digest alone.
 */
export class LockText {
  /** What follows the digest, by tags; of a pending entry all. */
  readonly #linesByTags = new Map<string, readonly string[]>();
  readonly #unreadable: string[] = [];
  readonly #readsBack: boolean;

  /** @param readsBack false where another walk reads back the same entries */
  constructor({ readsBack = true } = {}) {
    this.#readsBack = readsBack;
  }

  /** Images of which entries were not read back as they were written. */
  get unreadable(): readonly string[] {
    return this.#unreadable;
  }

  linesOf(image: LockedImage): readonly string[] {
    this.#write(image);
    const entries = image.entries.map((entry) => {
      const lines = this.#linesByTags.get(keyOf(entry)) ?? [];
      return isPending(entry) ? lines : [`    - digest: ${entry.digest}`, ...lines];
    });
    return [`  ${image.image}:`, ...entries.flat()];
  }

  /** Writes the entries whose tags were not seen yet, all at once, and reads them back. */
  #write({ image, entries }: LockedImage): void {
    const fresh = entries.filter((entry) => !this.#linesByTags.has(keyOf(entry)));
    if (fresh.length === 0) return;
    const written = formatLockfile(lockfileOf([{ image, entries: fresh }]));
    if (this.#readsBack && !isReadBack(written, { image, entries: fresh })) this.#unreadable.push(image);
    const lines = written.trimEnd().split('\n');
    const starts = lines.flatMap((line, index) => (line.startsWith('    - ') ? [index] : []));
    for (const [index, entry] of fresh.entries()) {
      const start = starts[index] ?? lines.length;
      this.#linesByTags.set(keyOf(entry), lines.slice(isPending(entry) ? start : start + 1, starts[index + 1]));
    }
  }
}

function isReadBack(written: string, image: LockedImage): boolean {
  return sameEntries(parseLockfile(written, 'mirrors.lock.yaml').images, [image]);
}

function keyOf(entry: LockEntry): string {
  return isPending(entry) ? `?${entry.pending.join(' ')}` : entry.tags.join(' ');
}

/** Whether two lockfiles hold the same entries of the same images, in the same order. */
export function sameEntries(one: readonly LockedImage[], other: readonly LockedImage[]): boolean {
  return areSame(one, other, (a, b) => a.image === b.image && areSame(a.entries, b.entries, isSameEntry));
}

function isSameEntry(one: LockEntry, other: LockEntry): boolean {
  const isSame = (a: string, b: string) => a === b;
  if (isPending(one) || isPending(other)) {
    return isPending(one) && isPending(other) && areSame(one.pending, other.pending, isSame);
  }
  return one.digest === other.digest && areSame(one.tags, other.tags, isSame);
}

function areSame<Item>(one: readonly Item[], other: readonly Item[], same: (a: Item, b: Item) => boolean): boolean {
  return one.length === other.length && one.every((item, index) => same(item, other[index] as Item));
}
