import { CronPattern } from 'croner';

/** The fields of a schedule with their lowest and highest numbers, as GitHub has them: it takes no 7 for a Sunday. */
const fields = [
  { name: 'minute', low: 0, high: 59 },
  { name: 'hour', low: 0, high: 23 },
  { name: 'day of the month', low: 1, high: 31 },
  { name: 'month', low: 1, high: 12 },
  { name: 'day of the week', low: 0, high: 6 },
] as const;

/** GitHub starts nothing more often (documentation, "Events that trigger workflows", `schedule`). */
const shortestMinutes = 5;

/** Says what is wrong with a schedule of five fields; `undefined`: nothing. */
export function cronFault(text: string): string | undefined {
  const parts = text.split(' ');
  for (const [index, { name, low, high }] of fields.entries()) {
    const pattern = readField(parts[index] ?? '', index, high);
    if (pattern === undefined) return `The ${name} is \`*\`, or numbers from ${low} to ${high}.`;
    if (index === 0 && shortestGap(pattern.minute) < shortestMinutes) {
      return `A job starts every ${shortestMinutes} minutes at most.`;
    }
  }
  return undefined;
}

/** One field of a schedule, with `*` for the others; `undefined` where cron, or GitHub, does not take it. */
function readField(field: string, index: number, high: number): CronPattern | undefined {
  const numbers = field.replaceAll(/(?<=[\d*])\/\d+/g, '').match(/\d+/g) ?? [];
  // croner reads names and `/5` as well, and 7 as a Sunday.
  const isReadByGithub = !/[^\d*,/-]|(?:^|,)\//.test(field) && numbers.every((number) => Number(number) <= high);
  if (!isReadByGithub) return undefined;
  try {
    const pattern = fields.map((_, at) => (at === index ? field : '*')).join(' ');
    // GitHub takes `20/15` for 20, 35 and 50.
    return new CronPattern(pattern, undefined, { mode: '5-part', sloppyRanges: true });
  } catch {
    // croner counts days and months from 0 in what it says.
    return undefined;
  }
}

/** Minutes between two starts, over the hour as well. `minutes` has a 1 for each minute with a start. */
function shortestGap(minutes: readonly number[]): number {
  const starts = [...minutes.keys()].filter((minute) => minutes[minute] === 1);
  const next = starts.map((minute, index) => (starts[index + 1] ?? (starts[0] ?? 0) + 60) - minute);
  return Math.min(...next);
}
