import PQueue from 'p-queue';
import { attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import { durationText } from '../../core/duration.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Problem } from '../../core/problem.ts';
import { type Clock, DeadlineError, systemClock, withDeadline } from '../../http/clock.ts';
import { parsePurl } from '../contents/purl.ts';
import type { PackageChange, PackageChanges } from '../contents/types.ts';
import { withoutRelease } from './affected.ts';
import { OsvFailure } from './failure.ts';
import { type Finding, joinFindings } from './join.ts';
import { osvPackage } from './packages.ts';
import { isAtLeast } from './record.ts';
import type { NotCompared, OsvDatabase, OsvPackage, OsvRecord, Severity, VulnerabilityEvidence } from './types.ts';

export interface CompareOptions {
  /** From which severity on a new vulnerability makes the verdict `red`; absent: none does. */
  readonly failOn?: Exclude<Severity, 'unknown'>;
  readonly signal: AbortSignal;
  /** How long one comparison may take, in milliseconds. */
  readonly limitMs?: number;
  /** The time of the run, of which `limitMs` is what is left; absent: a comparison has its own time. */
  readonly timeoutMs?: number;
}

const usualLimitMs = 300_000;
const recordsAtOnce = 8;
const slowHint = "Raise `review.vulnerabilities.timeout`, or give a folder with OSV's files, which needs no network.";
/** A longer timer of Node ends at once (its documentation of `setTimeout`). */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Asks which vulnerabilities the changed packages have lost and brought. Packages that did not change are not asked for, nor those
 * whose source was and is in the image in the same version. A database that does not answer, or not rightly, is no reason to
 * fail: then the evidence says why nothing is known.
 *
 * @throws the signal's reason
 */
export async function compareVulnerabilities(
  changes: PackageChanges,
  database: OsvDatabase,
  { failOn, signal, limitMs = usualLimitMs, timeoutMs }: CompareOptions,
): Promise<VulnerabilityEvidence> {
  const limit = { ms: limitMs, ...defined({ timeoutMs }) };
  const asked = await attempt(() => withinLimit(limit, signal, (deadline) => compare(changes, database, deadline)));
  if (!asked.ok) return { state: 'unanswered', verdict: 'neutral', problem: asWarning(asked.problem) };
  const { gone, fresh, notCompared } = asked.value;
  const isRed = failOn !== undefined && fresh.some(({ severity }) => isAtLeast(severity, failOn));
  const verdict = failOn === undefined ? 'neutral' : isRed ? 'red' : 'green';
  return { state: 'answered', gone, fresh, notCompared, verdict };
}

/** What several comparisons have in common. */
export interface RunOptions extends Pick<CompareOptions, 'failOn' | 'signal'> {
  /** How long all of them may take together, in milliseconds; absent: each has the usual time. */
  readonly timeoutMs?: number;
  readonly clock?: Pick<Clock, 'now'>;
}

/**
 * Compares one image after another, as {@link compareVulnerabilities}. A database that did not answer once is not asked again:
 * the others have the same evidence.
 */
export function comparisonsWith(
  database: OsvDatabase,
  { timeoutMs, clock = systemClock, ...options }: RunOptions,
): (changes: PackageChanges) => Promise<VulnerabilityEvidence> {
  const end = timeoutMs === undefined ? undefined : clock.now() + timeoutMs;
  let silent: VulnerabilityEvidence | undefined;
  return async (changes) => {
    if (silent !== undefined) return silent;
    const limits = end === undefined ? {} : { limitMs: Math.min(end - clock.now(), longestTimerMs), timeoutMs };
    const found = await compareVulnerabilities(changes, database, { ...options, ...defined(limits) });
    if (found.state === 'unanswered') silent = found;
    return found;
  };
}

function asWarning(problem: Problem): Problem {
  return { ...problem, severity: 'warning' };
}

async function withinLimit<Result>(
  limit: { readonly ms: number; readonly timeoutMs?: number },
  signal: AbortSignal,
  work: (deadline: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const slow = (cause?: unknown) =>
    new OsvFailure('osv/slow', `OSV did not answer all questions in ${durationText(limit.timeoutMs ?? limit.ms)}.`, {
      ...(limit.timeoutMs !== undefined && { hint: slowHint }),
      cause,
    });
  if (limit.ms <= 0) throw slow();
  try {
    return await withDeadline(limit.ms, signal, work);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    throw slow(error);
  }
}

async function compare(changes: PackageChanges, database: OsvDatabase, signal: AbortSignal) {
  const all = [...changes.added, ...changes.removed, ...changes.upgraded];
  const before = sideOf(all, ({ fromPurl, fromRemains }) => (fromRemains ? undefined : fromPurl));
  const after = sideOf(all, ({ toPurl, toExisted }) => (toExisted ? undefined : toPurl));
  const packages = [...new Map([...before.packages, ...after.packages])];
  const answers = await database.find(
    packages.map(([, one]) => one),
    signal,
  );
  const byKey = new Map(packages.map(([key], index) => [key, answers[index]?.ids ?? []]));
  const [old, now] = [findings(before.packages, byKey), findings(after.packages, byKey)];
  const records = await readRecords(database, differing(old, now), signal);
  const joined = joinFindings(old, now, records);
  const wanted = [...joined.gone, ...joined.fresh].filter(({ severity }) => severity === 'unknown').map(({ id }) => id);
  const more = await readRecords(database, new Set(wanted.filter((id) => !records.has(id))), signal);
  const gaps = packages.flatMap(([, { ecosystem }], index) => {
    const gap = answers[index]?.gap;
    return gap === undefined ? [] : [{ what: withoutRelease(ecosystem), why: gap }];
  });
  return {
    ...joinFindings(old, now, records, more),
    notCompared: counted([...before.missing, ...after.missing, ...gaps]),
  };
}

type Missing = Omit<NotCompared, 'packages'>;

/** The packages of one image, each once, as OSV names them; and what has no name there. */
function sideOf(changes: readonly PackageChange[], purlOf: (change: PackageChange) => string | undefined) {
  const packages = new Map<string, OsvPackage>();
  const missing = new Map<string, Missing>();
  for (const text of changes.flatMap((change) => purlOf(change) ?? [])) {
    const url = parsePurl(text);
    if (url === undefined) continue;
    const named = osvPackage(url);
    if ('missing' in named) missing.set(text, { what: named.what, why: named.missing });
    else packages.set(JSON.stringify([named.ecosystem, named.name, named.version]), named);
  }
  return { packages, missing: [...missing.values()] };
}

function findings(packages: ReadonlyMap<string, OsvPackage>, ids: ReadonlyMap<string, readonly string[]>): Finding[] {
  return [...packages].flatMap(([key, { name }]) => (ids.get(key) ?? []).map((id) => ({ id, package: name })));
}

/** The records that only one side has. */
function differing(old: readonly Finding[], now: readonly Finding[]): Set<string> {
  const [before, after] = [new Set(old.map(({ id }) => id)), new Set(now.map(({ id }) => id))];
  return new Set([...before, ...after].filter((id) => before.has(id) !== after.has(id)));
}

async function readRecords(
  database: OsvDatabase,
  ids: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, OsvRecord>> {
  const queue = new PQueue({ concurrency: recordsAtOnce });
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  try {
    const read = await queue.addAll([...ids].map((id) => async () => [id, await database.record(id, until)] as const));
    return new Map(read.flatMap(([id, record]) => (record === undefined ? [] : [[id, record] as const])));
  } finally {
    queue.clear();
    // The client can only close when nothing is under way any more.
    stop.abort();
  }
}

function counted(missing: readonly Missing[]): NotCompared[] {
  const groups = groupBy(missing, ({ what, why }) => `${why} ${what}`);
  return [...groups.values()].flatMap((same) => same.slice(0, 1).map((one) => ({ ...one, packages: same.length })));
}
