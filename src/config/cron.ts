/** The fields of a schedule with their lowest and highest numbers (crontab(5); 7 is a Sunday for some alone). */
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
    const numbers = numbersOf(parts[index] ?? '', low, high);
    if (numbers === undefined) return `The ${name} is \`*\`, or numbers from ${low} to ${high}.`;
    if (index === 0 && shortestGap(numbers) < shortestMinutes) {
      return `A job starts every ${shortestMinutes} minutes at most.`;
    }
  }
  return undefined;
}

/** The numbers that a field stands for, ascending. */
function numbersOf(field: string, low: number, high: number): number[] | undefined {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const range = rangeOf(part, low, high);
    if (range === undefined) return undefined;
    for (let number = range.from; number <= range.to; number += range.step) numbers.add(number);
  }
  return [...numbers].sort((one, other) => one - other);
}

function rangeOf(part: string, low: number, high: number) {
  const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
  if (match === null) return undefined;
  const [, first, last, every] = match;
  const from = first === undefined ? low : Number(first);
  const isOne = first !== undefined && last === undefined && every === undefined;
  const to = last === undefined ? (isOne ? from : high) : Number(last);
  const step = every === undefined ? 1 : Number(every);
  return from < low || to > high || from > to || step === 0 ? undefined : { from, to, step };
}

/** Minutes between two starts, over the hour as well. */
function shortestGap(minutes: readonly number[]): number {
  const next = minutes.map((minute, index) => (minutes[index + 1] ?? (minutes[0] ?? 0) + 60) - minute);
  return Math.min(...next);
}
