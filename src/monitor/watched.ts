import { defaults } from '../config/defaults.ts';
import type { MetricsSettings, Watchers } from '../config/notify.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { scanLockfile } from '../lock/scan.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openLockVersions } from '../session/lock-versions.ts';
import type { Target } from '../session/selection.ts';
import { openWatchers } from '../session/workspace.ts';
import { pendingTags } from './facts.ts';
import {
  checkDistinct,
  checkReportName,
  type Ending,
  earlierText,
  type OwnFile,
  ownFile,
  reportText,
  writeWhole,
} from './files.ts';
import { metricsText, runLabels } from './metrics.ts';
import { notifyAll } from './notify.ts';
import { type Recipient, readAddress, sendTo } from './send.ts';
import type { MirrorFacts, RunFacts, WatchedCommand } from './types.ts';

/** What a run leaves behind for those who watch the mirror. */
export interface WatchOptions {
  /** Files for reports, Markdown or JSON by their names. */
  readonly reports: readonly string[];
  /** A file for metrics. */
  readonly metrics?: string;
  /** Whether to push metrics; a text is the environment variable with the address. */
  readonly metricsPush?: string | true;
  /** Whether notices are sent. */
  readonly notify: boolean;
}

/** What is watched, and in which form. */
export interface Watched extends WatchOptions {
  readonly command: WatchedCommand;
  readonly scope: RunFacts['scope'];
}

/** A dry run does nothing that there is to watch. @throws UserError `cli/dry-run-watched` */
export function refuseDryWatch({ reports, metrics, metricsPush }: WatchOptions): void {
  const given = [
    reports.length > 0 ? '--report' : '',
    metrics === undefined ? '' : '--metrics',
    metricsPush ? '--metrics-push' : '',
  ].filter(Boolean);
  if (given.length === 0) return;
  const message = `${given.join(' and ')} cannot be combined with \`--dry-run\`: nothing is done.`;
  throw problemError('cli/dry-run-watched', message, given.join(' '), 'Leave out `--dry-run`, or print with `--json`.');
}

/** Whether a target is all of the mirror, as it is now. */
export function scopeOf({ images, shard, destinations, at }: Target): RunFacts['scope'] {
  return [images, shard, destinations, at].every((part) => part === undefined) ? 'all' : 'part';
}

/**
 * Does a command's work, and then writes its reports and metrics and sends notices, however it ended. What cannot be written
 * or sent is a warning and changes no exit code. An interrupt leaves nothing.
 *
 * @param work is given a function that takes what is known of the mirror once the work is done
 * @throws UserError `report/format`, `report/unwritable`, `report/same-file`, before anything is done; and what the work throws
 */
export async function watched(
  context: Context,
  options: Watched,
  work: (tell: (facts: MirrorFacts) => void) => Promise<Outcome>,
): Promise<Outcome> {
  options.reports.forEach(checkReportName);
  const reports = await Promise.all(options.reports.map((shown) => ownFile(context, shown)));
  const metrics = options.metrics === undefined ? undefined : await ownFile(context, options.metrics);
  checkDistinct([...reports, ...(metrics === undefined ? [] : [metrics])]);
  const startedAt = context.now();
  let facts: MirrorFacts = {};
  const ending = await work((told) => {
    facts = told;
  }).then(
    (outcome): Ending => ({ outcome }),
    (error: unknown): Ending => ({ error }),
  );
  if (context.signal.aborted) return finish(ending, []);
  const common = { command: options.command, scope: options.scope, startedAt, endedAt: context.now() };
  const run: RunFacts = { ...facts, ...common, ...endingFacts(ending) };
  const watchers = await openWatchers(context);
  const problems = [
    ...(await writeReports(context, reports, run, ending)),
    ...(await tellMetrics(context, options, metrics, run, watchers)),
    ...(options.notify ? await notifyAll(context, run, watchers?.notify ?? []) : []),
  ];
  return finish(ending, problems);
}

function endingFacts(ending: Ending): Pick<RunFacts, 'exitCode' | 'problems'> {
  if ('outcome' in ending) return ending.outcome;
  const { error } = ending;
  if (error instanceof UserError) return error;
  const message = 'This is a bug in mirrorlock; the log has it.';
  return { exitCode: ExitCode.failed, problems: [{ code: 'cli/bug', severity: 'error', message }] };
}

/** The warnings of an error come out with it: they are printed and keep its exit code. */
function finish(ending: Ending, problems: readonly Problem[]): Outcome {
  if ('outcome' in ending) {
    const { outcome } = ending;
    return problems.length === 0 ? outcome : { ...outcome, problems: [...outcome.problems, ...problems] };
  }
  const { error } = ending;
  if (!(error instanceof UserError) || problems.length === 0) throw error;
  const { exitCode } = error;
  throw new UserError([...error.problems, ...problems], { exitCode, cause: error });
}

async function writeReports(
  context: Context,
  reports: readonly OwnFile[],
  run: RunFacts,
  ending: Ending,
): Promise<Problem[]> {
  const written = await Promise.all(reports.map((file) => writeWhole(file, reportText(context, file, run, ending))));
  return written.flatMap((problem) => problem ?? []);
}

async function tellMetrics(
  context: Context,
  { metricsPush }: WatchOptions,
  file: OwnFile | undefined,
  facts: RunFacts,
  watchers: Watchers | undefined,
): Promise<Problem[]> {
  if (file === undefined && metricsPush === undefined) return [];
  const settings = watchers?.metrics ?? { job: defaults.metricsJob, labels: {} };
  const since = await attempt(() => oldestPending(context, facts.pending ?? []));
  const run = { ...facts, ...(since.ok && defined({ oldestPending: since.value })) };
  const own = since.ok ? [] : [{ ...since.problem, severity: 'warning' as const }];
  const written = file && (await writeWhole(file, await metricsText(run, settings.labels, await earlierText(file))));
  const variable = metricsPush === true ? settings.push : metricsPush;
  const pushed =
    metricsPush && (watchers === undefined ? unknownGroup : await pushMetrics(context, variable, run, settings));
  const place = variable === settings.push ? watchers?.pushPlace : undefined;
  const placed = pushed && { ...defined({ place }), ...pushed };
  return [...own, ...[written, placed].flatMap((problem) => problem || [])];
}

/** Metrics in a wrong group would stay at the gateway, where no later run replaces them. */
const unknownGroup: Problem = {
  code: 'metrics/not-sent',
  severity: 'warning',
  message: 'What is pushed as metrics was not sent: mirrors.yaml, which names their job and labels, is not YAML.',
};

/** Adds to what the gateway has of this command: what a run does not know stays (prometheus/pushgateway, README, "POST"). */
async function pushMetrics(
  context: Context,
  variable: string | undefined,
  run: RunFacts,
  { job, labels }: MetricsSettings,
): Promise<Problem | undefined> {
  const subject = 'What is pushed as metrics';
  if (variable === undefined) {
    const message = `${subject} was not sent: no environment variable is named.`;
    const hint = 'Name it by `--metrics-push NAME`, or by `metrics: {push: NAME}` in mirrors.yaml.';
    return { code: 'metrics/no-address', severity: 'warning', message, hint };
  }
  const recipient: Recipient = { variable, code: 'metrics', subject };
  const address = readAddress(context, recipient);
  if (!(address instanceof URL)) return address;
  const group = Object.entries({ job, ...labels, ...runLabels(run) }).flatMap(([name, value]) =>
    groupPart(name, value),
  );
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/metrics/${group.join('/')}`;
  const text = await metricsText(run, labels);
  return sendTo(context, recipient, { method: 'POST', url, type: 'text/plain; version=0.0.4', text });
}

/** A value with a slash goes in base64 (prometheus/pushgateway, README, "URL"). */
function groupPart(name: string, value: string): [string, string] {
  if (!value.includes('/')) return [name, encodeURIComponent(value)];
  return [`${name}@base64`, Buffer.from(value).toString('base64url')];
}

/**
 * Since when the oldest of these tags is pending: when the first version of the lockfile was committed of those in a row
 * that have it so. Reads the history of HEAD no further than some tag is pending. A version that cannot be read, and the end
 * of a shallow clone, end it. Undefined where git tells nothing.
 */
async function oldestPending(context: Context, pending: readonly string[]): Promise<Date | undefined> {
  if (pending.length === 0) return undefined;
  const opened = await openLockVersions(context);
  let left = new Set(pending);
  let since: number | undefined;
  for await (const [version, text] of opened?.read(opened.versions) ?? []) {
    const before = new Set(pendingTags(scanLockfile(text ?? '')?.images ?? []));
    left = new Set([...left].filter((name) => before.has(name)));
    if (left.size === 0) break;
    since = version.time;
  }
  return since === undefined ? undefined : new Date(since * 1_000);
}
