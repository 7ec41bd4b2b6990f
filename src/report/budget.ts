import type { ApplyResult } from '../apply/types.ts';
import { durationText } from '../core/duration.ts';
import { groupBy } from '../core/group-by.ts';
import type { Problem } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { type BudgetState, type Estimate, forecast, type PullsJson, pullsText, sumEstimates } from '../plan/budget.ts';
import type { RunBudget } from '../session/source-session.ts';

/** What an apply under a limit tells of it; times in ISO 8601. */
export interface BudgetReport {
  readonly limit: number;
  /** Pulls that this run made. */
  readonly used: number;
  readonly left: number;
  /** Seconds. */
  readonly window: number;
  /** Images of which something waits for a later run. */
  readonly waiting: readonly { readonly destination: string; readonly image: string; readonly groups: number }[];
  /** What all that waits will take. */
  readonly waits?: { readonly groups: number; readonly pulls: PullsJson; readonly windows: number };
  /** When to run again; only where something waits. */
  readonly resumeAt?: string;
  /** When the last run may begin. */
  readonly doneAt?: string;
}

/** A destination, and what is left to do there. */
export interface WaitingAt {
  readonly destination: string;
  readonly result: Pick<ApplyResult, 'waiting'>;
  readonly waits?: Estimate;
}

/** What a run says of its budget in the end; `undefined` where the source has no limit. */
export async function reportBudget(
  { allowance }: RunBudget,
  applied: readonly WaitingAt[],
  now: Date,
): Promise<BudgetReport | undefined> {
  if (!allowance.isLimited()) return undefined;
  const state = await allowance.state();
  const waiting = applied.flatMap(({ destination, result }) =>
    [...groupBy(result.waiting, ({ image }) => image)].map(([image, groups]) => ({
      destination,
      image,
      groups: groups.length,
    })),
  );
  const common = {
    limit: state.limit,
    used: allowance.used(),
    left: state.left,
    window: state.windowMs / 1_000,
    waiting,
  };
  if (waiting.length === 0) return common;
  const pulls = sumEstimates(applied.flatMap(({ waits }) => waits ?? []));
  const { windows, doneAt } = forecast(pulls.expected, state, now.getTime());
  const groups = waiting.reduce((sum, entry) => sum + entry.groups, 0);
  return {
    ...common,
    waits: { groups, pulls, windows },
    resumeAt: new Date(resumeTime(state, now)).toISOString(),
    doneAt: new Date(doneAt).toISOString(),
  };
}

/** What waits and when to come back, in words; nothing where nothing waits. */
export function waitingText(report: BudgetReport | undefined, now: Date): string[] {
  if (report?.resumeAt === undefined || report.waits === undefined) return [];
  const { waits, resumeAt, doneAt = resumeAt, limit, used, window } = report;
  const images = new Set(report.waiting.map(({ image }) => image)).size;
  const { windows } = waits;
  return [
    `Stopped at the budget: ${used} of ${limit} counted pulls in ${durationText(window * 1_000)} were made by this run.`,
    `${counted(waits.groups, 'group')} of ${counted(images, 'image')} wait, which take ${pullsText(waits.pulls)}: ${counted(windows, 'more window')}.`,
    `Run again from ${timeText(resumeAt, now)}; done about ${timeText(doneAt, now)}.`,
  ];
}

/** The same as a warning, for stderr and summaries. */
export function waitingProblems(report: BudgetReport | undefined, now: Date): Problem[] {
  const [first, ...rest] = waitingText(report, now);
  if (first === undefined) return [];
  return [{ code: 'apply/budget', severity: 'warning', message: [first, ...rest].join(' ') }];
}

/** A time, and how far off it is. */
export function timeText(iso: string, now: Date): string {
  const wait = Date.parse(iso) - now.getTime();
  return wait <= 0 ? 'now' : `${iso.replace(/\.\d+Z$/, 'Z')} (in ${durationText(wait)})`;
}

function resumeTime({ freeAt, windowMs }: BudgetState, now: Date): number {
  // Up to the next full second: what is printed has no parts of one.
  return Math.ceil((freeAt ?? now.getTime() + windowMs) / 1_000) * 1_000;
}
