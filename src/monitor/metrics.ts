import prom from 'prom-client';
import { ExitCode } from '../core/exit-code.ts';
import type { RunFacts } from './types.ts';

interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The metric that keeps its last value where a run fails. */
const lastSuccess = 'mirrorlock_last_success_timestamp_seconds';

/** The labels that say which runs a metric is about. */
export function runLabels({ command, scope }: Pick<RunFacts, 'command' | 'scope'>): Record<string, string> {
  return { command, scope };
}

/**
 * What a run says in the text format of Prometheus.
 *
 * @param labels more labels, of every metric
 * @param before the text of an earlier run, whose last success stays where this run has none. Where this run failed before it knew
 *   anything of the mirror, what was known of it stays too, as it does at a push gateway.
 */
export async function metricsText(
  run: RunFacts,
  labels: Readonly<Record<string, string>>,
  before = '',
): Promise<string> {
  const registry = new prom.Registry();
  const common = { ...labels, ...runLabels(run) };
  const isKnown = run.destinations !== undefined || run.pending !== undefined || run.proposal !== undefined;
  for (const { name, help, samples: found } of metricsOf(run)) {
    const keeps = name === lastSuccess || !(isKnown || name.startsWith('mirrorlock_run_'));
    const samples = found.length > 0 || !keeps ? found : samplesIn(before, name, common);
    if (samples.length === 0) continue;
    const own = Object.keys(samples[0]?.labels ?? {});
    const gauge = new prom.Gauge({ name, help, labelNames: [...Object.keys(common), ...own], registers: [registry] });
    for (const sample of samples) gauge.set({ ...common, ...sample.labels }, sample.value);
  }
  return registry.metrics();
}

function metricsOf(run: RunFacts): Metric[] {
  const success = run.exitCode === ExitCode.done ? seconds(run.endedAt) : undefined;
  return [
    one('mirrorlock_last_run_timestamp_seconds', 'When the last run ended.', seconds(run.endedAt)),
    one(lastSuccess, 'When the last run ended that had exit code 0.', success),
    one(
      'mirrorlock_run_duration_seconds',
      'How long the last run took.',
      (run.endedAt.getTime() - run.startedAt.getTime()) / 1_000,
    ),
    one('mirrorlock_run_exit_code', 'The exit code of the last run.', run.exitCode),
    ...mirrorMetrics(run),
    one('mirrorlock_tags_pending', 'Tags that are announced upstream and not published.', run.pending?.length),
    one(
      'mirrorlock_oldest_pending_timestamp_seconds',
      'Since when the oldest pending tag is pending, by the git history of the lockfile.',
      run.oldestPending && seconds(run.oldestPending),
    ),
    one(
      'mirrorlock_run_counted_pulls',
      'Manifests that the last run read at the source, which its pull limit counts.',
      run.pulls,
    ),
    one('mirrorlock_budget_limit_pulls', 'Counted pulls that the source allows in a window.', run.budget?.limit),
    one('mirrorlock_budget_left_pulls', 'Counted pulls that are left in the window.', run.budget?.left),
    one(
      'mirrorlock_pull_request_open',
      'Whether a pull request of the bot is open.',
      run.proposal === undefined ? undefined : run.proposal === null ? 0 : 1,
    ),
    one(
      'mirrorlock_pull_request_created_timestamp_seconds',
      'When the open pull request was opened; 0 without one.',
      run.proposal === undefined ? undefined : run.proposal === null ? 0 : seconds(run.proposal.createdAt),
    ),
    one('mirrorlock_ended', 'Images and series of versions that the change ends.', run.ended?.length),
  ];
}

/** What is known of each destination. */
function mirrorMetrics({ destinations = [] }: RunFacts): Metric[] {
  const each = (
    name: string,
    help: string,
    value: (one: (typeof destinations)[number]) => number | undefined,
  ): Metric => ({
    name,
    help,
    samples: destinations.flatMap((one) => sample(value(one), { destination: one.name })),
  });
  return [
    each('mirrorlock_tags_wanted', 'Tags that the lockfile names.', ({ wanted }) => wanted),
    each('mirrorlock_tags_mirrored', 'Tags that the destination has as the lockfile says.', ({ mirrored }) => mirrored),
    each('mirrorlock_tags_failed', 'Tags that were not put, or not compared.', ({ failed }) => failed),
    each('mirrorlock_tags_waiting', 'Tags that wait for pulls of a later run.', ({ waiting }) => waiting),
    each('mirrorlock_run_copied_groups', 'Digests that the last run copied.', ({ copiedGroups }) => copiedGroups),
    {
      name: 'mirrorlock_tags_drifted',
      help: 'Differences between the destination and the lockfile, by kind.',
      samples: destinations.flatMap(({ name, drift = {} }) =>
        Object.entries(drift).flatMap(([kind, count]) => sample(count, { destination: name, kind })),
      ),
    },
    {
      name: 'mirrorlock_run_bytes',
      help: 'Bytes of blobs that the last run read, by the place that sent them.',
      samples: destinations.flatMap(({ name, bytes = [] }) =>
        bytes.flatMap(({ place, bytes: count }) => sample(count, { destination: name, place })),
      ),
    },
  ];
}

function one(name: string, help: string, value: number | undefined): Metric {
  return { name, help, samples: sample(value) };
}

function sample(value: number | undefined, labels?: Readonly<Record<string, string>>): Sample[] {
  return value === undefined || !Number.isFinite(value) ? [] : [{ value, ...(labels && { labels }) }];
}

function seconds(time: Date): number {
  return time.getTime() / 1_000;
}

/** What a text of metrics says of a metric, of runs with these labels. */
function samplesIn(text: string, name: string, common: Readonly<Record<string, string>>): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, written = '', value = ''] = line.startsWith(`${name}{`) ? (/\{(.*)\} ([0-9.e+]+)$/.exec(line) ?? []) : [];
    const pairs = [...written.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const labels = new Map(pairs.map(([, label = '', escaped = '']) => [label, unescaped(escaped)]));
    const isSame = Object.entries(common).every(([label, wanted]) => labels.get(label) === wanted);
    if (value === '' || !isSame) return [];
    const own = [...labels].filter(([label]) => ownLabels.includes(label));
    return sample(Number(value), Object.fromEntries(own));
  });
}

/** Labels of single metrics, which `metricsOf` gives. */
const ownLabels = ['destination', 'kind', 'place'];

/** A label's value, from how the text format has it. */
function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
