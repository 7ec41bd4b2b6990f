/** Items in runs of at most `length`. */
export function chunks<Item>(items: readonly Item[], length: number): (readonly Item[])[] {
  const starts = Array.from({ length: Math.ceil(items.length / length) }, (_, index) => index * length);
  return starts.map((start) => items.slice(start, start + length));
}
