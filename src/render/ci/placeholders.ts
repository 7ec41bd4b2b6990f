/** A copy of a view, whose texts are placeholders, and what each stands for. */
export interface Placeheld<View> {
  readonly view: View;
  /** Puts the texts in the place of their placeholders, anywhere in parsed YAML. */
  fill(tree: unknown): unknown;
}

const placeholder = /MIRRORLOCK_VALUE_(\d{4})_/g;

/**
 * Replaces each text of a view by a placeholder of letters, digits and `_`, which means nothing in YAML, a shell or an
 * expression. What a template makes of the copy shows where in the tree the texts stand.
 */
export function withPlaceholders<View extends object>(view: View): Placeheld<View> {
  const texts: string[] = [];
  const hold = (value: unknown): unknown => {
    if (typeof value !== 'string') return mapTree(value, hold);
    texts.push(value);
    return `MIRRORLOCK_VALUE_${String(texts.length - 1).padStart(4, '0')}_`;
  };
  const restore = (text: string) => text.replace(placeholder, (_, index: string) => texts[Number(index)] ?? '');
  const fill = (tree: unknown): unknown => {
    if (typeof tree === 'string') return restore(tree);
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return mapTree(tree, fill);
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [restore(key), fill(value)]));
  };
  return { view: hold(view) as View, fill };
}

/** The same tree, with every value in a list or mapping changed. */
function mapTree(tree: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(tree)) return tree.map(change);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, change(value)]));
}
