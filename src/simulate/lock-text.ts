import { childLines } from '../lock/child-lines.ts';
import { formatLockfile } from '../lock/format.ts';
import { parseLockfile } from '../lock/parse.ts';
import { isPending, type LockEntry, type LockedGroup, type LockedImage, type Lockfile } from '../lock/types.ts';

/** A lockfile of only the given images, where nothing else of it matters. */
export function lockfileOf(images: readonly LockedImage[], commit = '0'.repeat(40)): Lockfile {
  return { configHash: `sha256:${'0'.repeat(64)}`, upstream: { repository: '-', commit }, images };
}

/**
 * The lines that entries have in the lockfile. An entry is written by the lockfile's own writer, and read back, once for
 * each list of tags: with another digest and other children only the lines of these differ.
 */
export class LockText {
  /** What follows the digest and the children, by tags; of a pending entry all. */
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
      return isPending(entry) ? lines : [...headLines(entry), ...lines];
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
      const own = lines.slice(starts[index] ?? lines.length, starts[index + 1]);
      const head = isPending(entry) ? [] : headLines(entry);
      if (head.some((line, at) => own[at] !== line)) this.#unreadable.push(image);
      this.#linesByTags.set(keyOf(entry), own.slice(head.length));
    }
  }
}

/** The lines of an entry before those of its tags. */
function headLines({ digest, index }: LockedGroup): string[] {
  const first = `    - digest: ${digest}`;
  if (index === undefined) return [first];
  const { sources, without, children } = index;
  const [source, ...more] = sources;
  const ofSource = source === digest ? [] : [`      source: ${source}`];
  return [
    first,
    ...(more.length === 0 ? ofSource : ['      source:', ...sources.map((one) => `        - ${one}`)]),
    ...(without.length === 0 ? [] : [`      without: [ ${without.join(', ')} ]`]),
    '      children:',
    ...childLines(children).map((line) => `        - ${line}`),
  ];
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
  return one.digest === other.digest && areSame(one.tags, other.tags, isSame) && isSameIndex(one.index, other.index);
}

/** Of equal digests: what they were made from may differ, their children may not. */
function isSameIndex(one: LockedGroup['index'], other: LockedGroup['index']): boolean {
  const words = (index: LockedGroup['index']) => index && `${index.sources.join()} ${index.without.join()}`;
  return words(one) === words(other);
}

function areSame<Item>(one: readonly Item[], other: readonly Item[], same: (a: Item, b: Item) => boolean): boolean {
  return one.length === other.length && one.every((item, index) => same(item, other[index] as Item));
}
