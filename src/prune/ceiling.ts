/** The most tags that a run deletes at a destination: the lesser of a number and a share of the locked tags, but one. */
export function ceiling({ tags, percent }: { tags: number; percent: number }, locked: number): number {
  return Math.min(tags, Math.max(1, Math.floor((locked * percent) / 100)));
}
