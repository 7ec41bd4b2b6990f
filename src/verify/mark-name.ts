/** What the names of the tags begin with that mark a commit as served. */
export const markPrefix = 'mirrored/';

/** Nobody marks so often in a minute; more than that is a loop gone wrong. */
const most = 99;

/**
 * The name of a mark that is not taken yet: `mirrored/2026-08-21T1200Z`, by the minute in UTC, and within it
 * `mirrored/2026-08-21T1200Z-2` and so on. Undefined where too many are taken.
 */
export function freeMarkName(at: Date, taken: ReadonlySet<string>): string | undefined {
  const name = `${markPrefix}${at.toISOString().slice(0, 16).replace(':', '')}Z`;
  const names = [name, ...Array.from({ length: most - 1 }, (_, index) => `${name}-${index + 2}`)];
  return names.find((one) => !taken.has(one));
}
