import { isMap, isSeq, type Node } from 'yaml';
import { defined } from '../../core/defined.ts';
import { type Digest, isDigest, isImageName, isTag, type Tag } from '../../core/names.ts';
import { indexDigest, inOrder } from '../../resolve/children.ts';
import type { Child, KeptIndex, PartialIndex } from '../../resolve/types.ts';
import { childReader } from '../child-lines.ts';
import type { LockEntry, LockedImage } from '../types.ts';
import { fault, type ParseProblems, rangeOf, readFields, readList, stringOf, type Value } from './fields.ts';

/** Reads the mapping of images to their groups, sorted by name. What is wrong goes to `problems`. */
export function readImages(node: Value, problems: ParseProblems): LockedImage[] {
  if (!isMap<Node, Value>(node)) {
    problems.add(rangeOf(node), fault('`images` is a mapping of image names to their groups.', node));
    return [];
  }
  const images = new Map<string, LockedImage>();
  for (const { key, value } of node.items) {
    const name = stringOf(key);
    if (name === undefined || !isImageName(name)) problems.add(rangeOf(key), fault('An image name is expected.', key));
    else if (images.has(name))
      problems.add(rangeOf(key), duplicate('image', 'A lockfile must not repeat an image.', name));
    else images.set(name, { image: name, entries: new ImageReader(problems).read(value ?? key) });
  }
  return [...images.values()].sort((a, b) => (a.image < b.image ? -1 : 1));
}

/** Reads the groups of one image, and knows what it has seen in it. */
class ImageReader {
  readonly #problems: ParseProblems;
  readonly #digests = new Set<string>();
  readonly #locked = new Set<string>();
  readonly #pending = new Set<string>();

  constructor(problems: ParseProblems) {
    this.#problems = problems;
  }

  read(node: Value): LockEntry[] {
    const items = readList(node, 'An image has a list of groups, with at least one.', this.#problems) ?? [];
    return items.map((item) => this.#entry(item)).filter((entry) => entry !== undefined);
  }

  #entry(node: Value): LockEntry | undefined {
    if (isMap(node) && node.has('pending')) {
      const fields = readFields(node, 'A pending group', ['pending'], this.#problems, indexKeys);
      if (fields === undefined) return undefined;
      const pending = this.#tags(fields.pending, this.#pending);
      const seen = readSeen(fields, this.#problems);
      return { pending, ...defined({ seen }) };
    }
    const fields = readFields(node, 'A group', ['digest', 'tags'], this.#problems, indexKeys);
    if (fields === undefined) return undefined;
    const digest = this.#digest(fields.digest);
    const tags = this.#tags(fields.tags, this.#locked);
    const index = digest && readIndex(digest, fields, this.#problems);
    return digest && { digest, tags, ...defined({ index }) };
  }

  #digest(node: Value): Digest | undefined {
    const digest = stringOf(node);
    if (digest === undefined || !isDigest(digest)) {
      this.#problems.add(rangeOf(node), fault('A digest is `sha256:` and 64 lower-case hexadecimal digits.', node));
      return undefined;
    }
    if (this.#digests.has(digest))
      this.#problems.add(rangeOf(node), duplicate('digest', 'An image must not repeat a digest.', digest));
    this.#digests.add(digest);
    return digest;
  }

  #tags(node: Value, seen: Set<string>): Tag[] {
    const items = readList(node, 'A group has a list of tags, with at least one.', this.#problems) ?? [];
    return items.map((item) => this.#tag(item, seen)).filter((tag) => tag !== undefined);
  }

  #tag(node: Value, seen: Set<string>): Tag | undefined {
    const tag = stringOf(node);
    if (tag === undefined || !isTag(tag)) {
      this.#problems.add(rangeOf(node), fault('A tag, in quotes, is expected.', node));
      return undefined;
    }
    if (seen.has(tag))
      this.#problems.add(rangeOf(node), duplicate('tag', 'A tag must be in only one group of its image.', tag));
    seen.add(tag);
    return tag;
  }
}

function duplicate(what: string, message: string, value: string) {
  return { code: `duplicate-${what}`, message, value };
}

/** The keys of a group that tell what is kept of upstream's index. */
const indexKeys = ['source', 'without', 'children'] as const;
type SeenFields = Readonly<Record<(typeof indexKeys)[number], Value>>;
type Fields = Readonly<Record<(typeof indexKeys)[number] | 'digest', Value>>;

const word = /^[a-z0-9._-]+(?:\/[a-z0-9._-]+){0,2}$/;

/**
 * Reads what is kept of upstream's index; `undefined` where a group says nothing of it. An index that is none of
 * upstream's has the digest that follows from its children: what a reviewer reads is what is mirrored.
 */
function readIndex(digest: Digest, fields: Fields, problems: ParseProblems): KeptIndex | undefined {
  const { source, without, children: list } = fields;
  if (source === undefined && without === undefined && list === undefined) return undefined;
  const children = readChildren(list, problems);
  const sources = source === undefined ? [digest] : readSources(source, problems);
  const words = without === undefined ? [] : readWords(without, problems);
  if (children === undefined || sources === undefined || words === undefined) return undefined;
  if (!sources.includes(digest)) checkDigest(digest, children, fields.digest, problems);
  return { sources, without: words, children };
}

/** Reads what is known of the index of a pending group; `undefined` where it says nothing of one. */
function readSeen({ source, without, children }: SeenFields, problems: ParseProblems): PartialIndex | undefined {
  if (source === undefined && without === undefined && children === undefined) return undefined;
  const rule = 'What is known of a pending index has its digest as `source`.';
  const [digest] = all([source], (item) => onlyIf(isDigest, stringOf(item)), rule, problems) ?? [];
  const words = without === undefined ? [] : readWords(without, problems);
  const read = children === undefined ? [] : readChildren(children, problems);
  return digest && words && read && { source: digest, without: words, children: read };
}

function checkDigest(digest: Digest, children: readonly Child[], node: Value, problems: ParseProblems): void {
  const expected = indexDigest(children);
  if (expected === digest) return;
  const message = `The index of these children has the digest ${expected}.`;
  problems.add(rangeOf(node), { code: 'index-digest', message, value: digest });
}

function readChildren(node: Value, problems: ParseProblems): Child[] | undefined {
  const items = readList(node, 'What is kept of an index has a list of `children`, with at least one.', problems);
  const read = childReader();
  return items && all(items, (item) => read(stringOf(item) ?? ''), 'A child is `PLATFORM DIGEST SIZE`.', problems);
}

function readSources(node: Value, problems: ParseProblems): Digest[] | undefined {
  const items = isSeq<Value>(node) ? readList(node, 'There is a digest.', problems) : [node];
  const rule = 'A source is a digest of upstream, or a list of them.';
  const digests = items && all(items, (item) => onlyIf(isDigest, stringOf(item)), rule, problems);
  if (digests === undefined || new Set(digests).size === digests.length) return digests;
  problems.add(rangeOf(node), fault('A group must not repeat a source.', node));
  return undefined;
}

function readWords(node: Value, problems: ParseProblems): string[] | undefined {
  const items = readList(node, '`without` is a list, with at least one word.', problems);
  const isWord = (text: string): text is string => word.test(text);
  const rule = 'What is left out are platforms and `attestations`.';
  const words = items && all(items, (item) => onlyIf(isWord, stringOf(item)), rule, problems);
  return words && inOrder(words);
}

function onlyIf<Text extends string>(test: (text: string) => text is Text, text: string | undefined): Text | undefined {
  return text !== undefined && test(text) ? text : undefined;
}

/** Each item read, or a problem for each that cannot be. */
function all<Item>(
  items: readonly Value[],
  read: (item: Value) => Item | undefined,
  rule: string,
  problems: ParseProblems,
): Item[] | undefined {
  const found = items.flatMap((item): Item[] => {
    const value = read(item);
    if (value !== undefined) return [value];
    problems.add(rangeOf(item), fault(rule, item));
    return [];
  });
  return found.length === items.length ? found : undefined;
}
