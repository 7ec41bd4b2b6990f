import { type Digest, isDigest, isImageName, isTag, type Tag } from '../core/names.ts';
import { indexDigest, inOrder } from '../resolve/children.ts';
import type { Child } from '../resolve/types.ts';
import { childReader } from './child-lines.ts';
import type { LockEntry, LockedImage, Lockfile } from './types.ts';

/** Nearly twice what the whole library needs with ten platforms chosen, and little enough for the YAML parser to end in seconds on any text. */
export const maxLockfileLength = 4 * 1024 * 1024;

const repository = /(?:[A-Za-z][\w+.-]*:\/\/|\.{0,2}\/|[A-Za-z][\w.-]*@)[\w.:/@+~-]*[\w/]/;
const commit = /[0-9a-f]{40}(?:[0-9a-f]{24})?/;
const head = new RegExp(
  `^(?:#[ -~]*\\n|\\n)*version: 1\\nconfig: (sha256:[0-9a-f]{64})\\nupstream:\\n {2}repository: (${repository.source})\\n {2}commit: "(${commit.source})"\\nimages:\\n`,
);
const imageLine = /^ {2}(?:([a-z][a-z0-9._-]*)|"([a-z0-9._-]+)"):$/;
/** Other breaks and blanks than the writer's, which YAML may read otherwise than patterns do. */
const neverWritten = /[^\n -~]/;
/** What YAML 1.2 does not take for a string. */
const notText = /^(?:null|true|false)$/;

/**
 * Reads a lockfile in the form that `formatLockfile` writes, many times faster than the YAML parser. Gives what
 * `parseLockfile` gives; `undefined` for any other text, right or wrong, which is left to that one.
 */
export function scanLockfile(text: string): Lockfile | undefined {
  const sections = splitLockfile(text);
  if (sections === undefined) return undefined;
  const images: LockedImage[] = [];
  for (const [name, section] of sections.images) {
    const image = scanImage(name, section);
    if (image === undefined) return undefined;
    images.push(image);
  }
  return { ...sections.head, images: images.sort((a, b) => (a.image < b.image ? -1 : 1)) };
}

/** A lockfile by its images, whose lines are not read yet. */
export interface LockSections {
  readonly head: Omit<Lockfile, 'images'>;
  /** The lines below each image's name. */
  readonly images: ReadonlyMap<string, string>;
}

/** Splits a lockfile in its written form into the lines of its images; `undefined` for any other text. */
export function splitLockfile(text: string): LockSections | undefined {
  if (text.length > maxLockfileLength || neverWritten.test(text)) return undefined;
  const [begin = '', configHash = '', from = '', at = ''] = head.exec(text) ?? [];
  if (begin === '' || !text.endsWith('\n')) return undefined;
  const images = new Map<string, string>();
  // A line of two blanks and a letter or quote begins an image; all others are deeper.
  const starts = [...text.slice(begin.length).matchAll(/^ {2}[^ ].*$/gm)];
  if (starts[0]?.index !== 0) return undefined;
  for (const [order, { 0: line, index }] of starts.entries()) {
    const [, plain = '', quoted = ''] = imageLine.exec(line) ?? [];
    const name = plain === '' ? quoted : plain;
    if (!isImageName(name) || notText.test(plain) || images.has(name)) return undefined;
    const end = starts[order + 1]?.index ?? text.length - begin.length;
    images.set(name, text.slice(begin.length + index + line.length + 1, begin.length + end));
  }
  return { head: { configHash, upstream: { repository: from, commit: at } }, images };
}

/**
 * The lines below one image's name in a lockfile, of which nothing else is looked at; `undefined` where it is not written
 * there, in this form.
 */
export function sectionOf(text: string, name: string): string | undefined {
  const [begin] = [`\n  ${name}:\n`, `\n  "${name}":\n`].flatMap((line) => {
    const at = text.indexOf(line);
    return at === -1 ? [] : [at + line.length];
  });
  if (begin === undefined) return undefined;
  nextImage.lastIndex = begin;
  return text.slice(begin, nextImage.exec(text)?.index);
}

const nextImage = /^ {0,2}[^ ]/gm;

/** Reads the lines below an image's name, as {@link splitLockfile} gives them; `undefined` where they are not in the written form. */
export function scanImage(name: string, section: string): LockedImage | undefined {
  if (!isImageName(name) || neverWritten.test(section)) return undefined;
  const lines = new Lines(section);
  const seen = { digests: new Set<string>(), locked: new Set<string>(), pending: new Set<string>() };
  const entries: LockEntry[] = [];
  while (!lines.isAtEnd) {
    const entry = lines.take('    - pending:') === '' ? scanPending(lines, seen.pending) : scanGroup(lines, seen);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries.length === 0 ? undefined : { image: name, entries };
}

function scanPending(lines: Lines, known: Set<string>): LockEntry | undefined {
  const pending = scanTags(lines, known);
  const rest = lines.take('      source: ');
  if (pending === undefined) return undefined;
  if (rest === undefined) return { pending };
  const without = scanWithout(lines);
  const children = scanChildren(lines);
  if (!isDigest(rest) || without === undefined || children === undefined) return undefined;
  return { pending, seen: { source: rest, without, children } };
}

function scanGroup(
  lines: Lines,
  seen: { readonly digests: Set<string>; readonly locked: Set<string> },
): LockEntry | undefined {
  const own = lines.match(plainGroup);
  if (own !== null) return scanPlain(own[1] as Digest, own[2] as string, seen);
  const digest = lines.take('    - digest: ');
  if (digest === undefined || !isDigest(digest) || seen.digests.has(digest)) return undefined;
  seen.digests.add(digest);
  const sources = scanSources(lines, digest);
  const without = scanWithout(lines);
  const children = scanChildren(lines);
  if (sources === undefined || without === undefined || children === undefined) return undefined;
  if (lines.take('      tags:') !== '') return undefined;
  const tags = scanTags(lines, seen.locked);
  if (tags === undefined) return undefined;
  if (children.length > 0) {
    if (!sources.includes(digest) && indexDigest(children) !== digest) return undefined;
    return { digest, tags, index: { sources, without, children } };
  }
  return sources.length === 1 && sources[0] === digest && without.length === 0 ? { digest, tags } : undefined;
}

/**
 * A group whose index is upstream's own, as nearly all are. One expression reads it whole, at half the CPU of reading
 * line by line; its parts are those of `isDigest` and `isTag`.
 */
const plainGroup =
  / {4}- digest: (sha256:[0-9a-f]{64})\n {6}tags:\n {8}- "([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(?:"\n {8}- "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})*)"\n/y;

function scanPlain(
  digest: Digest,
  list: string,
  seen: { readonly digests: Set<string>; readonly locked: Set<string> },
): LockEntry | undefined {
  const tags = list.split('"\n        - "') as Tag[];
  const sizes = [seen.digests.size + 1, seen.locked.size + tags.length];
  seen.digests.add(digest);
  for (const tag of tags) seen.locked.add(tag);
  const isNew = seen.digests.size === sizes[0] && seen.locked.size === sizes[1];
  return isNew ? { digest, tags } : undefined;
}

function scanTags(lines: Lines, known: Set<string>): Tag[] | undefined {
  const tags: Tag[] = [];
  for (let item = lines.take('        - "'); item !== undefined; item = lines.take('        - "')) {
    const tag = item.slice(0, -1);
    if (!item.endsWith('"') || !isTag(tag) || known.has(tag)) return undefined;
    known.add(tag);
    tags.push(tag);
  }
  return tags.length === 0 ? undefined : tags;
}

function scanSources(lines: Lines, digest: Digest): Digest[] | undefined {
  const one = lines.take('      source: ');
  if (one !== undefined) return isDigest(one) ? [one] : undefined;
  const list = lines.take('      source:');
  if (list === undefined) return [digest];
  if (list !== '') return undefined;
  const sources = lines.items();
  const isRight = sources.length > 0 && new Set(sources).size === sources.length;
  return isRight && sources.every(isDigest) ? sources : undefined;
}

/** A word that YAML takes for a string; it begins with a letter. */
const word = /^(?!(?:null|true|false)$)[a-z][a-z0-9._-]*(?:\/[a-z0-9._-]+){0,2}$/;

function scanWithout(lines: Lines): string[] | undefined {
  const list = lines.take('      without: [ ');
  if (list === undefined) return [];
  const words = list.slice(0, -2).split(', ');
  return list.endsWith(' ]') && words.every((text) => word.test(text)) ? inOrder(words) : undefined;
}

/** The children; none where the group does not name them. */
function scanChildren(lines: Lines): Child[] | undefined {
  const list = lines.take('      children:');
  if (list === undefined) return [];
  if (list !== '') return undefined;
  const read = childReader();
  const items = lines.items();
  // A child that YAML would not read as this text has no platform to begin with.
  const children = items.flatMap((item) => (/^[A-Za-z]/.test(item) ? (read(item) ?? []) : []));
  return children.length === items.length && items.length > 0 ? children : undefined;
}

/** Lines that are taken one after another. */
class Lines {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** What follows `begin` in the next line, which is taken; `undefined` where it begins otherwise. */
  take(begin: string): string | undefined {
    if (!this.#text.startsWith(begin, this.#at)) return undefined;
    const end = this.#text.indexOf('\n', this.#at);
    const rest = this.#text.slice(this.#at + begin.length, end);
    this.#at = end + 1;
    return rest;
  }

  /** What an expression that is sticky finds next, which is taken. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  /** The items of a list that is not quoted. */
  items(): string[] {
    const found: string[] = [];
    for (let item = this.take('        - '); item !== undefined; item = this.take('        - ')) found.push(item);
    return found;
  }
}
