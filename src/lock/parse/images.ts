import { isMap, type Node } from 'yaml';
import { type Digest, isDigest, isImageName, isTag, type Tag } from '../../core/names.ts';
import type { LockEntry, LockedImage } from '../types.ts';
import { fault, rangeOf, readFields, readList, stringOf, type Value } from './fields.ts';
import { indexKeys, readIndex, readSeen } from './index-details.ts';
import type { ParseProblems } from './problems.ts';

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
      problems.add(rangeOf(key), duplicate('image', 'An image stands once in a lockfile.', name));
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
      return { pending, ...(seen === undefined ? {} : { seen }) };
    }
    const fields = readFields(node, 'A group', ['digest', 'tags'], this.#problems, indexKeys);
    if (fields === undefined) return undefined;
    const digest = this.#digest(fields.digest);
    const tags = this.#tags(fields.tags, this.#locked);
    const index = digest && readIndex(digest, fields, this.#problems);
    return digest && { digest, tags, ...(index === undefined ? {} : { index }) };
  }

  #digest(node: Value): Digest | undefined {
    const digest = stringOf(node);
    if (digest === undefined || !isDigest(digest)) {
      this.#problems.add(rangeOf(node), fault('A digest is `sha256:` and 64 lower-case hexadecimal digits.', node));
      return undefined;
    }
    if (this.#digests.has(digest))
      this.#problems.add(rangeOf(node), duplicate('digest', 'A digest stands once in an image.', digest));
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
      this.#problems.add(rangeOf(node), duplicate('tag', 'A tag stands in one group of its image.', tag));
    seen.add(tag);
    return tag;
  }
}

function duplicate(what: string, message: string, value: string) {
  return { code: `duplicate-${what}`, message, value };
}
