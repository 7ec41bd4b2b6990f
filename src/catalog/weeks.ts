/**
 * Why a tag changed, or what happened to it where that is not known: `rebuilt`, `moved`, `added` and `removed` have no known
 * cause. `source`: its Dockerfile changed; `base`: what it rests on did; `ended`: upstream dropped it.
 */
export const changeCauses = [
  ...(['release', 'source', 'base', 'rebuilt', 'moved'] as const),
  ...(['added', 'rules', 'ended', 'removed'] as const),
] as const;
export type ChangeCause = (typeof changeCauses)[number];

/** What changed in a week, in tags, and the most that were pending in it. */
export interface Week {
  /** The Monday, such as `2026-01-05`. */
  readonly from: string;
  readonly counts: Readonly<Record<ChangeCause, number>>;
  readonly pending: number;
}

const [day, sinceMonday] = [86_400, 3];

/** The Monday of a time's week, in UTC. */
export function weekOf(time: number): string {
  const days = Math.floor(time / day);
  const monday = days - ((((days + sinceMonday) % 7) + 7) % 7);
  return dayText(monday * day);
}

/** A day in UTC, such as `2026-01-05`. */
export function dayText(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 10);
}

/** A week in which nothing changed yet. */
export function noChanges(): Record<ChangeCause, number> {
  return { release: 0, source: 0, base: 0, rebuilt: 0, moved: 0, added: 0, rules: 0, ended: 0, removed: 0 };
}

const mostWeeks = 520;

/** How many tags were pending in a week: at most, and at its end. */
export interface PendingTags {
  readonly most: number;
  readonly last: number;
}

/**
 * Weeks in order, with those in which nothing happened: there is pending what was so at the end of the week before. A commit's
 * date is what its maker chose, so at most ten years.
 */
export function withEmptyWeeks(weeks: readonly Week[], pendingIn: ReadonlyMap<string, PendingTags>): Week[] {
  const known = new Map(weeks.map((week) => [week.from, week]));
  const last = weeks
    .map(({ from }) => from)
    .sort()
    .at(-1);
  const found: Week[] = [];
  for (let from = last, left = known.size; from !== undefined && left > 0 && found.length < mostWeeks; ) {
    const week = known.get(from);
    if (week !== undefined) left -= 1;
    found.unshift(week ?? { from, counts: noChanges(), pending: 0 });
    from = dayText(Date.parse(from) / 1000 - 7 * day);
  }
  let before = 0;
  return found.map((week) => {
    const own = pendingIn.get(week.from) ?? { most: 0, last: before };
    const pending = Math.max(before, own.most);
    before = own.last;
    return { ...week, pending };
  });
}
