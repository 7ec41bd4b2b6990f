import * as v from 'valibot';
import { defined } from '../core/defined.ts';
import { isRecord, parsedJson } from '../core/json.ts';
import type { Problem } from '../core/problem.ts';
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
  /** Why reports are not used: errors where the file is not a report of the command, warnings where the command failed. */
  readonly problems: readonly Problem[];
  stateOf(destination: string, image: string, tag: string): TagState;
}

const schemas = { apply: 'mirrorlock/apply/v2', verify: 'mirrorlock/verify/v1' } as const;

const text = v.string('it is a text');
const drift = objectOf({ kind: text, image: text, tag: text, tags: v.optional(v.array(text)) });
const failedImage = objectOf({ image: text });
const verifyShape = objectOf({
  schema: v.literal(schemas.verify, `it is \`${schemas.verify}\``),
  destinations: v.array(
    objectOf({ name: text, drift: v.array(drift, 'it is a list'), failures: v.optional(v.array(failedImage)) }),
    'it is a list',
  ),
});
const failedGroup = objectOf({ image: text, tags: v.array(text, 'it is a list') });
const applyShape = objectOf({
  schema: v.literal(schemas.apply, `it is \`${schemas.apply}\``),
  counts: objectOf({ waiting: v.optional(v.number('it is a number')) }),
  destinations: v.array(objectOf({ name: text, failures: v.optional(v.array(failedGroup)) }), 'it is a list'),
});

const errorShape = objectOf({
  schema: v.literal('mirrorlock/error/v1'),
  problems: v.array(objectOf({ code: text })),
});

type Verified = v.InferOutput<typeof verifyShape>;
type AppliedReport = v.InferOutput<typeof applyShape>;

/** A report's text, and the file that it is from; `fault` is the code of the system where it could not be read. */
export type ReportText =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly fault: string };

/**
 * Reads what `apply` and `verify` printed by `--json` or wrote by `--report`; of several about one tag the last counts. A
 * report that cannot be used is a problem of the result, and says nothing.
 */
export function readReports(apply: readonly ReportText[], verify: readonly ReportText[]): Reports {
  const problems: Problem[] = [];
  const applied = apply.flatMap((report) => readReport<AppliedReport>('apply', applyShape, report, problems));
  const verified = verify.flatMap((report) => readReport<Verified>('verify', verifyShape, report, problems));
  const ofApply = applied.flatMap(({ destinations }) => destinations);
  const ofVerify = verified.flatMap(({ destinations }) => destinations);
  const looks = looksOf(ofVerify);
  const failed = new Set(
    ofApply.flatMap(({ name, failures = [] }) =>
      failures.flatMap(({ image, tags }) => tags.map((tag) => keyOf(name, image, tag))),
    ),
  );
  return {
    destinations: [...new Set([...ofVerify, ...ofApply].map(({ name }) => name))],
    waiting: applied.reduce((sum, { counts }) => sum + (counts.waiting ?? 0), 0),
    problems,
    stateOf: (destination, image, tag) => {
      const seen = looks.get(destination)?.(image, tag) ?? 'unknown';
      // What an apply could not put and a look found right was put since.
      return seen !== 'mirrored' && failed.has(keyOf(destination, image, tag)) ? 'failed' : seen;
    },
  };
}

/** What the last look at each destination found. */
function looksOf(destinations: Verified['destinations']) {
  return new Map(
    destinations.map(({ name, drift: found, failures = [] }) => {
      const unseen = new Set(failures.map(({ image }) => image));
      const states = new Map<string, TagState>(
        found
          .filter(({ kind }) => kind !== 'extra')
          .flatMap(({ kind, image, tag, tags = [tag] }) =>
            tags.map((one) => [keyOf(image, one), kind === 'missing' ? 'waits' : 'drift'] as const),
          ),
      );
      const stateOf = (image: string, tag: string): TagState =>
        states.get(keyOf(image, tag)) ?? (unseen.has(image) ? 'unknown' : 'mirrored');
      return [name, stateOf] as const;
    }),
  );
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\0');
}

/** The report, or none where it cannot be used, which goes to the problems. */
function readReport<Report>(
  command: keyof typeof schemas,
  shape: v.GenericSchema<unknown, unknown>,
  report: ReportText,
  problems: Problem[],
): Report[] {
  const place = { file: report.file };
  const unused = (code: string, message: string, more: Partial<Problem> = {}): [] => {
    problems.push({ code, severity: 'warning', message: `${message} It is not used.`, place, ...more });
    return [];
  };
  const refused = (code: string, message: string, hint: string, value?: string): [] => {
    problems.push({ code, severity: 'error', message, place, hint, ...defined({ value }) });
    return [];
  };
  const wanted = `what \`mirrorlock ${command}\` printed by \`--json\` or wrote by \`--report NAME.json\`.`;
  if ('fault' in report) {
    const hint = `Name ${wanted} Without one, leave out \`--${command}\`.`;
    return refused('catalog/no-report', `The report cannot be read (${report.fault}).`, hint);
  }
  if (report.text.trim() === '') {
    return unused(
      'catalog/empty-report',
      'The report is empty: the command that should have written it failed before.',
    );
  }
  const value = parsedJson(report.text);
  const failure = readShape(errorShape, value);
  if (failure.fault === undefined) {
    const codes = failure.value.problems.map(({ code }) => printable(code, shownLength)).join(', ');
    return unused('catalog/failed-report', 'The report is of a command that failed before it had a result.', {
      value: codes,
    });
  }
  const bad = (rule: string, seen: unknown) => {
    const message = `The file is not a report of \`mirrorlock ${command}\`: ${rule}.`;
    return refused('catalog/bad-report', message, `Name ${wanted}`, shown(seen));
  };
  if (value === undefined) return bad('it is JSON', report.text);
  const schema = isRecord(value) ? value['schema'] : undefined;
  if (typeof schema === 'string' && schema !== schemas[command] && isOtherVersion(command, schema)) {
    const message = `The report is of another version of mirrorlock: this one reads \`${schemas[command]}\`.`;
    const hint = `Run \`mirrorlock ${command}\` again.`;
    return unused('catalog/report-version', message, { value: shown(schema), hint });
  }
  const read = readShape(shape, value);
  if (read.fault === undefined) return [read.value as Report];
  const { path, rule } = read.fault;
  return bad(`${path === '' ? '' : `\`${path}\`: `}${rule}`, read.fault.value);
}

/** A cache may hold the report of a version that was replaced since. */
function isOtherVersion(command: string, schema: string): boolean {
  return new RegExp(`^mirrorlock/${command}/v\\d+$`).test(schema);
}

const shownLength = 80;

function shown(value: unknown): string {
  return printable(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'), shownLength);
}
