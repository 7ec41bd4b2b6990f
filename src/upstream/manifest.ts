import type { Tag } from '../core/names.ts';
import { isTag } from '../core/names.ts';
import { BuildKeys } from './build-key.ts';
import { type Defaults, type Entry, readDefaults, readEntry } from './entry.ts';
import { placeOf } from './entry-fields.ts';
import { maxTagsInFile } from './limits.ts';
import { type Paragraph, readParagraphs } from './paragraphs.ts';
import { RefusedFile } from './refusal.ts';

/** An entry of a library file, after those with the same build were merged into it. */
export interface MergedEntry {
  readonly tags: Tag[];
  readonly sharedTags: Set<Tag>;
  /** bashbrew's names, sorted and unique. */
  readonly architectures: readonly string[];
  /** What it is built from; the same for all that were merged. */
  readonly origin: { readonly entry: Entry; readonly defaults: Defaults };
}

/**
 * Reads the entries of a library file as bashbrew does (manifest/rfc2822.go, `Parse2822`). Throws {@link RefusedFile} where
 * bashbrew refuses the file.
 */
export function readManifest(text: string): readonly MergedEntry[] {
  const paragraphs = readParagraphs(text);
  const first = paragraphs.next();
  if (first.done) throw new RefusedFile('upstream/empty-file', 1, 'A library file has at least one paragraph.');
  const manifest = new Manifest(readDefaults(first.value));
  for (const paragraph of paragraphs) manifest.add(paragraph);
  return manifest.entries;
}

class Manifest {
  readonly #defaults: Defaults;
  readonly #keys: BuildKeys;
  readonly #byBuild = new Map<string, MergedEntry>();
  readonly #tags = new Set<Tag>();
  readonly #sharedTags = new Set<Tag>();
  #tagCount = 0;

  constructor(defaults: Defaults) {
    this.#defaults = defaults;
    this.#keys = new BuildKeys(defaults);
  }

  get entries(): readonly MergedEntry[] {
    return [...this.#byBuild.values()];
  }

  add(paragraph: Paragraph): void {
    const entry = readEntry(paragraph, this.#defaults);
    this.#countTags(entry);
    const tags = entry.tags.map((tag) => checkedTag(entry, 'Tags', tag));
    const sharedTags = new Set(entry.sharedTags.map((tag) => checkedTag(entry, 'SharedTags', tag)));
    this.#takeTags(entry, tags);
    this.#takeSharedTags(entry, sharedTags);
    const key = this.#keys.of(entry);
    const same = this.#byBuild.get(key);
    const origin = { entry, defaults: this.#defaults };
    if (same === undefined) this.#byBuild.set(key, { tags, sharedTags, architectures: entry.architectures, origin });
    else merge(same, tags, sharedTags);
  }

  #countTags(entry: Entry): void {
    this.#tagCount += entry.tags.length + entry.sharedTags.length;
    if (this.#tagCount <= maxTagsInFile) return;
    const rule = `A file has at most ${maxTagsInFile} tags, counted for each entry that carries them.`;
    throw new RefusedFile('upstream/too-many-tags', entry.paragraph.line, rule);
  }

  #takeTags(entry: Entry, tags: readonly Tag[]): void {
    for (const tag of tags) {
      if (this.#tags.has(tag)) {
        throw new RefusedFile('upstream/duplicate-tag', placeOf(entry.paragraph, 'Tags', tag), tagRule, tag);
      }
      if (this.#sharedTags.has(tag)) {
        throw new RefusedFile('upstream/conflicting-tag', placeOf(entry.paragraph, 'Tags', tag), sharedRule, tag);
      }
      this.#tags.add(tag);
    }
  }

  #takeSharedTags(entry: Entry, sharedTags: ReadonlySet<Tag>): void {
    for (const tag of sharedTags) {
      if (this.#tags.has(tag)) {
        throw new RefusedFile('upstream/conflicting-tag', placeOf(entry.paragraph, 'SharedTags', tag), sharedRule, tag);
      }
      this.#sharedTags.add(tag);
    }
  }
}

const tagRule = 'A tag stands in one entry, once.';
const sharedRule = 'A tag is either a shared one or not.';

function checkedTag(entry: Entry, key: 'Tags' | 'SharedTags', text: string): Tag {
  if (isTag(text)) return text;
  const rule = 'A tag is 1 to 128 letters, digits, `_`, `.` or `-`, and begins with none of `.` and `-`.';
  throw new RefusedFile('upstream/bad-tag', placeOf(entry.paragraph, key, text), rule, text);
}

function merge(into: MergedEntry, tags: readonly Tag[], sharedTags: ReadonlySet<Tag>): void {
  for (const tag of tags) into.tags.push(tag);
  for (const tag of sharedTags) into.sharedTags.add(tag);
}
