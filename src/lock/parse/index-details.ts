import { isSeq } from 'yaml';
import { type Digest, isDigest } from '../../core/names.ts';
import { indexDigest } from '../../resolve/children/index-bytes.ts';
import { inOrder } from '../../resolve/children/pick.ts';
import type { Child, KeptIndex, PartialIndex } from '../../resolve/children/types.ts';
import { childReader } from '../child-lines.ts';
import { fault, rangeOf, readList, stringOf, type Value } from './fields.ts';
import type { ParseProblems } from './problems.ts';

/** The keys of a group that tell what is kept of upstream's index. */
export const indexKeys = ['source', 'without', 'children'] as const;
type SeenFields = Readonly<Record<(typeof indexKeys)[number], Value>>;
type Fields = Readonly<Record<(typeof indexKeys)[number] | 'digest', Value>>;

const word = /^[a-z0-9._-]+(?:\/[a-z0-9._-]+){0,2}$/;

/**
 * Reads what is kept of upstream's index; `undefined` where a group says nothing of it. An index that is none of
 * upstream's has the digest that follows from its children: what a reviewer reads is what is mirrored.
 */
export function readIndex(digest: Digest, fields: Fields, problems: ParseProblems): KeptIndex | undefined {
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
export function readSeen({ source, without, children }: SeenFields, problems: ParseProblems): PartialIndex | undefined {
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
  problems.add(rangeOf(node), fault('A source stands once in its group.', node));
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
