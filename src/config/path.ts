/** Where a value stands in a document: keys of mappings and indexes of lists, from the root. */
export type Path = readonly (string | number)[];

/** A path as people write it, such as `images.include[2].tags`; `mirrors.yaml` itself for the root. */
export function pathText(path: Path): string {
  if (path.length === 0) return 'mirrors.yaml';
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

/** Reads a JSON pointer (RFC 6901). A step of digits alone is taken for an index: no key of mirrors.yaml is a number. */
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
    (value, step) => (isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    root,
  );
}

/** Whether `value` is a mapping or a list. */
export function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
