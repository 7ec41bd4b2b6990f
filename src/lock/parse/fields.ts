import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { defined } from '../../core/defined.ts';
import { type Place, type Problem, UserError } from '../../core/problem.ts';
import type { SourceText } from '../../yaml/source-text.ts';

/** What the parser gives for a value; `null` or absent where there is none. */
export type Value = Node | null | undefined;

/** The text of a scalar that is a string, and nothing else. */
export function stringOf(node: Value): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

/** A scalar as it is written, without quotes: `3.10`, where the value is the number 3.1. `undefined` for no scalar. */
function written(node: Value): string | undefined {
  if (!isScalar(node) || (node.value === null && node.source === '')) return undefined;
  return node.source ?? String(node.value);
}

/** Reads a mapping of exactly `keys`, each once, and perhaps `optional` ones; `undefined` when it is not one. What is wrong goes to `problems`. */
export function readFields<Key extends string, Optional extends string = never>(
  node: Value,
  what: string,
  keys: readonly Key[],
  problems: ParseProblems,
  optional: readonly Optional[] = [],
): Record<Key | Optional, Value> | undefined {
  const invalid = (where: Value, message: string) => problems.add(rangeOf(where), fault(message, where));
  const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const more = optional.length === 0 ? '' : `, and perhaps ${quoted(optional)}`;
  const rule = `${what} is a mapping of ${quoted(keys)}${more}.`;
  if (!isMap<Node, Value>(node)) {
    invalid(node, rule);
    return undefined;
  }
  const found = new Map<string, Value>();
  for (const { key, value } of node.items) {
    const name = stringOf(key);
    if (name === undefined || !isOneOf([...keys, ...optional], name)) invalid(key, rule);
    else if (found.has(name)) invalid(key, 'A mapping must not repeat a key.');
    else found.set(name, value ?? key);
  }
  const missing = keys.filter((key) => !found.has(key));
  if (missing.length > 0)
    problems.add(rangeOf(node), { code: 'invalid', message: rule, value: `no ${missing.join(', no ')}` });
  return missing.length > 0 ? undefined : (Object.fromEntries(found) as Record<Key | Optional, Value>);
}

/** The items of a list; `undefined` when it is not one, or empty where it may not be. What is wrong goes to `problems`. */
export function readList(node: Value, message: string, problems: ParseProblems): Value[] | undefined {
  if (isSeq<Node | null>(node) && node.items.length > 0) return node.items;
  problems.add(rangeOf(node), fault(message, node));
  return undefined;
}

/** Where a value stands; a collection is shown by where it begins. */
export function rangeOf(node: Value): [number, number] | undefined {
  const [start, end] = node?.range ?? [];
  if (start === undefined || end === undefined) return undefined;
  return isScalar(node) ? [start, Math.max(start + 1, end)] : [start, start + 1];
}

/** A broken rule without a code of its own, and the value that breaks it. */
export function fault(message: string, node: Value): Fault {
  return { code: 'invalid', message, value: written(node) };
}

function isOneOf<Key extends string>(keys: readonly Key[], name: string): name is Key {
  return (keys as readonly string[]).includes(name);
}

/** One slip may break many rules; the first ones say it. */
const mostProblems = 20;

const regenerate =
  'Do not edit or merge it by hand: take either version whole (git checkout), then run `mirrorlock lock`.';

/** A rule that is broken. Without a `hint` of its own it gets the advice to make the lockfile anew. */
interface Fault {
  /** Goes without `lock/`. */
  readonly code: string;
  readonly message: string;
  /** The value seen. */
  readonly value?: string | undefined;
  readonly hint?: string;
}

/** Collects what is wrong with the text of a lockfile, so that all of it is reported at once. */
export interface ParseProblems {
  /** @param where the offsets in the text of what is wrong, `[start, end]`, or the place; absent: its beginning */
  add(where: readonly number[] | Place | null | undefined, fault: Fault): void;
  /** @throws UserError with what was collected, if anything was */
  throwIfAny(): void;
}

/** Begins a collection of what is wrong with `source`. */
export function parseProblems(source: SourceText): ParseProblems {
  const problems: Problem[] = [];
  return {
    add(where, { code, message, value, hint = regenerate }) {
      if (problems.length >= mostProblems) return;
      const place = where && 'file' in where ? where : placeOf(source, where ?? []);
      const seen = defined({ value });
      problems.push({ code: `lock/${code}`, severity: 'error', message, place, ...seen, hint });
    },
    throwIfAny() {
      if (problems.length > 0) throw new UserError(problems);
    },
  };
}

function placeOf(source: SourceText, [start = 0, end = start + 1]: readonly number[]): Place {
  return source.place(start, end);
}
