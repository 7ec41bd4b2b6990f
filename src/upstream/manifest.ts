import { isTag, type Tag } from '../core/names.ts';
import { type Defaults, type Entry, placeOf, readDefaults, readEntry } from './entry.ts';
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
  const rule = 'A tag is 1 to 128 letters, digits, `_`, `.` or `-`, and does not begin with `.` or `-`.';
  throw new RefusedFile('upstream/bad-tag', placeOf(entry.paragraph, key, text), rule, text);
}

function merge(into: MergedEntry, tags: readonly Tag[], sharedTags: ReadonlySet<Tag>): void {
  for (const tag of tags) into.tags.push(tag);
  for (const tag of sharedTags) into.sharedTags.add(tag);
}

/**
 * Tells entries with one build apart from others: two entries of a file have the same key exactly when bashbrew's
 * `SameBuildArtifacts` holds for them. Only what differs from the defaults is compared, and long texts by their number, so
 * that the work grows with the file and not with its defaults times its entries.
 */
class BuildKeys {
  readonly #defaults: Defaults;
  readonly #numbers = new Map<string, number>();

  constructor(defaults: Defaults) {
    this.#defaults = defaults;
  }

  /** The key of an entry. */
  of(entry: Entry): string {
    const { gitRepo, gitFetch, gitCommit, directory, file, builder } = entry.build;
    const texts = [gitRepo, gitFetch, gitCommit, directory, file, builder, this.#constraints(entry)];
    const own = [...entry.archValues].filter(([key, value]) => value !== (this.#defaults.archValues.get(key) ?? ''));
    const archTexts = own.sort(([a], [b]) => (a < b ? -1 : 1)).flat();
    return [...entry.architectures, ...[...texts, ...archTexts].map((text) => this.#number(text))].join(',');
  }

  /** bashbrew compares the constraints joined, where one empty constraint looks like none. */
  #constraints(entry: Entry): string {
    if (entry.constraints.length === 0) return '';
    return (this.#defaults.hasConstraints ? ', ' : '') + entry.constraints.join(', ');
  }

  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}
