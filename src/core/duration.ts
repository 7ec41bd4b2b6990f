const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** How durations are written, as a regular expression: `90s`, `30m`, `6h`, `30d`. */
const durationPattern = /^([1-9]\d{0,4})([smhd])$/;

/** Milliseconds of a duration such as `90s`, `30m`, `6h` or `30d`; `undefined` for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = durationPattern.exec(text) ?? [];
  const seconds = unitSeconds[unit];
  return seconds === undefined ? undefined : Number(count) * seconds * 1_000;
}

/** A time span for people, rounded up, in at most two units: `2 d 6 h`, `45 min`, `20 s`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return withRest(`${hours} h`, minutes % 60, 'min');
  const roundedHours = Math.ceil(minutes / 60);
  return withRest(`${Math.floor(roundedHours / 24)} d`, roundedHours % 24, 'h');
}

function withRest(text: string, rest: number, unit: string): string {
  return rest === 0 ? text : `${text} ${rest} ${unit}`;
}
