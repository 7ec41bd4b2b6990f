/**
 * How many lines a diff of two texts shows, removed and added. Lines that occur once in each text are kept in the longest
 * order that both have; between those, the one line that repeats in a lockfile, `tags:`, is kept as far as both have it.
 */
export function changedLines(before: readonly string[], after: readonly string[]): number {
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  const [one, other] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  return one.length + other.length - 2 * keptLines(one, other);
}

function commonStart(before: readonly string[], after: readonly string[]): number {
  let count = 0;
  while (count < before.length && count < after.length && before[count] === after[count]) count++;
  return count;
}

function commonEnd(before: readonly string[], after: readonly string[], start: number): number {
  let count = 0;
  const most = Math.min(before.length, after.length) - start;
  while (count < most && before[before.length - 1 - count] === after[after.length - 1 - count]) count++;
  return count;
}

interface Pair {
  readonly before: number;
  readonly after: number;
}

function keptLines(before: readonly string[], after: readonly string[]): number {
  const places = onlyPlaces(before);
  const afterPlaces = onlyPlaces(after);
  const pairs = [...afterPlaces].flatMap(([line, place]): Pair[] => {
    const old = places.get(line);
    return old === undefined ? [] : [{ before: old, after: place }];
  });
  const kept = [...longestRise(pairs), { before: before.length, after: after.length }];
  let [count, from, to] = [kept.length - 1, 0, 0];
  for (const pair of kept) {
    count += sharedLines(before.slice(from, pair.before), after.slice(to, pair.after));
    [from, to] = [pair.before + 1, pair.after + 1];
  }
  return count;
}

/** Where lines stand that occur once, in order. */
function onlyPlaces(lines: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (places.has(line)) repeated.add(line);
    places.set(line, index);
  }
  for (const line of repeated) places.delete(line);
  return places;
}

/** The longest list of pairs, in order, whose `before` rises too. */
function longestRise(pairs: readonly Pair[]): Pair[] {
  const ends: number[] = [];
  const previous: number[] = [];
  const at = (index: number | undefined) => (index === undefined ? undefined : pairs[index]);
  for (const [index, pair] of pairs.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((at(ends[middle])?.before ?? 0) < pair.before) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : (ends[low - 1] ?? -1);
    ends[low] = index;
  }
  const rise: Pair[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const pair = pairs[index];
    if (pair !== undefined) rise.push(pair);
  }
  return rise.reverse();
}

/** How many lines of two short lists are the same: of those that repeat it does not matter which. */
function sharedLines(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return 0;
  const left = new Map<string, number>();
  for (const line of one) left.set(line, (left.get(line) ?? 0) + 1);
  let shared = 0;
  for (const line of other) {
    const count = left.get(line) ?? 0;
    if (count === 0) continue;
    left.set(line, count - 1);
    shared++;
  }
  return shared;
}
