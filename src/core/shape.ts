import * as v from 'valibot';
import { isRecord } from './json.ts';

/**
 * Shapes of JSON from outside. Each schema carries its rule as its message, and {@link readShape} says where the first
 * rule is broken. A file apart from `json.ts`: commands that read no such JSON do not load valibot.
 */

/** A value of JSON, as a schema reads it. */
export type Shape<Output> = v.GenericSchema<unknown, Output>;

/** What breaks a shape: `path` is where, such as `manifests[3].digest`, and empty for the whole. */
export interface ShapeFault {
  readonly path: string;
  readonly rule: string;
  readonly value: unknown;
}

/** Reads a value by a shape: the value as the shape gives it, or the first fault. Never throws. */
export function readShape<Output>(
  shape: Shape<Output>,
  value: unknown,
): { readonly value: Output; readonly fault?: never } | { readonly value?: never; readonly fault: ShapeFault } {
  const result = v.safeParse(shape, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return { value: result.output };
  const [{ message: rule, path = [], input, type, received }] = result.issues;
  // Of a list or an object that is too long, its length is reported.
  const seen = type === 'max_length' || type === 'max_entries' ? Number(received) : input;
  return { fault: { path: pathText(path), rule, value: seen } };
}

/** The value as the shape gives it; `undefined` where it has another. Never throws. */
export function shapeOf<Output>(shape: Shape<Output>, value: unknown): Output | undefined {
  return readShape(shape, value).value;
}

/**
 * An object, of which the keys named here are read. valibot takes a list for an object, and tells of a key that is absent
 * by the rule of the object: here a list breaks the rule, and an absent key is read as `undefined`, by its own rule.
 */
export function objectOf<const Entries extends v.ObjectEntries>(entries: Entries, rule = 'it is an object') {
  const keys = Object.keys(entries);
  const withAllKeys = (value: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(keys.map((key) => [key, value[key]])) as v.InferInput<v.ObjectSchema<Entries, undefined>>;
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isRecord, rule),
    v.transform(withAllKeys),
    v.object(entries),
  );
}

/** An object with any keys, and values of one shape. */
export function dictionaryOf<Output>(shape: Shape<Output>, rule = 'it is an object') {
  return v.pipe(v.custom<Readonly<Record<string, unknown>>>(isRecord, rule), v.record(v.string(), shape));
}

/** Text that a test of ours knows by its type, such as a digest. */
export function textThat<Text extends string>(is: (text: string) => text is Text, rule: string) {
  return v.custom<Text>((value) => typeof value === 'string' && is(value), rule);
}

/** A whole number of bytes. */
export const byteCount = (rule: string) =>
  v.custom<number>((value) => Number.isSafeInteger(value) && Number(value) >= 0, rule);

/** What is of another shape, or absent, is taken for `undefined`. */
export function lenient<Output>(shape: Shape<Output>): Shape<Output | undefined> {
  return v.fallback(v.optional(shape), undefined);
}

function pathText(path: readonly v.IssuePathItem[]): string {
  return path
    .map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
