import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Place } from '../core/problem.ts';
import { placeOfNode } from './node-checks.ts';
import type { SourceText } from './source-text.ts';

/** Finds where in the file a value, or its key, stands. What is not there stands where the nearest thing around it does. */
export interface Locator {
  value(path: Path): Place;
  key(path: Path): Place;
  /** How a scalar is written, without quotes (`3.10`, where the value is the number 3.1). */
  written(path: Path): string | undefined;
}

export function locator(document: Document.Parsed, source: SourceText): Locator {
  const nodeAt = (path: Path): Node | null => {
    let node: Node | null = document.contents;
    for (const step of path) {
      const next = childOf(resolved(node, document), step)?.value;
      if (next === undefined || next === null) break;
      node = next;
    }
    return node;
  };
  const place = (node: Node | null) => (node === null ? { file: source.file } : placeOfNode(node, source));
  return {
    value: (path) => place(nodeAt(path)),
    key: (path) => {
      const parent = nodeAt(path.slice(0, -1));
      const step = path.at(-1);
      const key = step === undefined ? undefined : childOf(resolved(parent, document), step)?.key;
      return place(key ?? nodeAt(path));
    },
    written: (path) => {
      const node = resolved(nodeAt(path), document);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

function resolved(node: Node | null, document: Document.Parsed): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function childOf(node: Node | null, step: string | number): { key?: Node; value: Node | null } | undefined {
  if (isSeq<Node>(node))
    return typeof step === 'number' && step in node.items ? { value: node.items[step] ?? null } : undefined;
  if (!isMap<Node, Node | null>(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
}

/** Where a value stands in a document: keys of mappings and indexes of lists, from the root. */
export type Path = readonly (string | number)[];

/** A path as people write it, such as `images.include[2].tags`; `mirrors.yaml` itself for the root. */
export function pathText(path: Path): string {
  if (path.length === 0) return 'mirrors.yaml';
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

/** Reads a JSON pointer (RFC 6901). A step of only digits is taken for an index: no key of mirrors.yaml is a number. */
export function pathOfPointer(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** The value at `path` below `root`, or `undefined` where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (isCollection(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    root,
  );
}

/** Whether `value` is a mapping or a list. */
export function isCollection(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
