import * as v from 'valibot';
import { parsedJson } from '../core/json.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { objectOf, readShape } from '../core/shape.ts';
import { printable } from '../core/text.ts';

/** How a tag stands at a destination, by the reports. */
export type TagState = 'mirrored' | 'waits' | 'drift' | 'failed' | 'unknown';

/** What the reports of the last apply and verify say. */
export interface Reports {
  /** The destinations that were looked at. */
  readonly destinations: readonly string[];
  /** Groups that an apply left for a later run. */
  readonly waiting: number;
  stateOf(destination: string, image: string, tag: string): TagState;
}

const text = v.string('it is a text');
const drift = objectOf({ kind: text, image: text, tag: text, tags: v.optional(v.array(text)) });
const failedImage = objectOf({ image: text });
const verifyShape = objectOf({
  schema: v.literal('mirrorlock/verify/v1', 'it is `mirrorlock/verify/v1`'),
  destinations: v.array(
    objectOf({ name: text, drift: v.array(drift, 'it is a list'), failures: v.optional(v.array(failedImage)) }),
    'it is a list',
  ),
});
const failedGroup = objectOf({ image: text, tags: v.array(text, 'it is a list') });
const applyShape = objectOf({
  schema: v.literal('mirrorlock/apply/v2', 'it is `mirrorlock/apply/v2`'),
  counts: objectOf({ waiting: v.optional(v.number('it is a number')) }),
  destinations: v.array(objectOf({ name: text, failures: v.optional(v.array(failedGroup)) }), 'it is a list'),
});

type Verified = v.InferOutput<typeof verifyShape>;
type AppliedReport = v.InferOutput<typeof applyShape>;

/** A report's text, and the file that it is from. */
export interface ReportText {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads what `apply --json` and `verify --json` printed. An empty report is that of a command that failed before it had
 * anything to say: it says nothing here.
 *
 * @throws UserError `catalog/bad-report`
 */
export function readReports(apply: ReportText | undefined, verify: ReportText | undefined): Reports {
  const applied = readReport<AppliedReport>(applyShape, apply);
  const verified = readReport<Verified>(verifyShape, verify);
  const states = new Map<string, TagState>();
  const unseen = new Set<string>();
  for (const { name, failures = [] } of applied?.destinations ?? [])
    for (const { image, tags } of failures) for (const tag of tags) states.set(keyOf(name, image, tag), 'failed');
  for (const { name, drift: found, failures = [] } of verified?.destinations ?? []) {
    for (const { image } of failures) unseen.add(keyOf(name, image, ''));
    for (const { kind, image, tag, tags = [tag] } of found) {
      if (kind === 'extra') continue;
      for (const one of tags) {
        const key = keyOf(name, image, one);
        if (states.get(key) !== 'failed') states.set(key, kind === 'missing' ? 'waits' : 'drift');
      }
    }
  }
  const seen = new Set(verified?.destinations.map(({ name }) => name));
  return {
    destinations: [...new Set([...seen, ...(applied?.destinations ?? []).map(({ name }) => name)])],
    waiting: applied?.counts.waiting ?? 0,
    stateOf: (destination, image, tag) => {
      const known = states.get(keyOf(destination, image, tag));
      if (known !== undefined) return known;
      return seen.has(destination) && !unseen.has(keyOf(destination, image, '')) ? 'mirrored' : 'unknown';
    },
  };
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\0');
}

function readReport<Report>(
  shape: v.GenericSchema<unknown, unknown>,
  report: ReportText | undefined,
): Report | undefined {
  if (report === undefined || report.text.trim() === '') return undefined;
  const value = parsedJson(report.text);
  if (value === undefined) throw badReport(report, 'it is JSON', report.text);
  const read = readShape(shape, value);
  if (read.fault === undefined) return read.value as Report;
  throw badReport(
    report,
    `${read.fault.path === '' ? '' : `\`${read.fault.path}\`: `}${read.fault.rule}`,
    read.fault.value,
  );
}

const shownLength = 80;

function badReport({ file }: ReportText, rule: string, value: unknown): UserError {
  const problem: Problem = {
    code: 'catalog/bad-report',
    severity: 'error',
    message: `The report is not one of mirrorlock: ${rule}.`,
    place: { file },
    value: printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'), shownLength),
    hint: 'Name what `mirrorlock apply --json` or `mirrorlock verify --json` printed.',
  };
  return new UserError([problem]);
}
