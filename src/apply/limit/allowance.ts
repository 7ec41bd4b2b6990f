import type { Budget } from '../../config/budget.ts';
import { attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import type { Digest } from '../../core/names.ts';
import { type BudgetState, takesPulls } from '../../plan/budget.ts';
import type { Plan, PlannedGroup } from '../../plan/types.ts';
import type { PullLimit } from '../../registry/types.ts';
import type { PullAllowance, SourceManifests } from '../types.ts';
import { countPulls, oldestReturns, type PullLedger, withinWindow } from './ledger.ts';

/** The allowance of one run, and what is known of it. */
export interface RunAllowance extends PullAllowance {
  /** Pulls that may still be made, as far as is known; infinite without a limit. */
  left(): number;
  /** Whether there is a limit that is known. */
  isLimited(): boolean;
  state(): Promise<BudgetState>;
  /** Pulls that this run has made. */
  used(): number;
  /**
   * Begins anew from what the source said by HEAD, while no GET of a manifest was under way: pulls that came back count
   * again.
   *
   * @param told absent where the source tells of no limit
   */
  begin(told: PullLimit | undefined): Promise<void>;
}

/** An account's window ends on the source's clock, which is not quite this one. */
const clockDifferenceMs = 1_000;

/**
 * Allows pulls within a budget. What the source's headers say is an upper bound at any time; a number in the
 * configuration, and what stands in for absent headers, is kept to by the ledger, over all runs that share it.
 *
 * Between two {@link RunAllowance.begin}, what is left only falls: by each pull before it is sent, and to what an answer
 * says where others use the same limit. So no order of answers lets more pass than the source allowed.
 */
export function runAllowance(budget: Budget, ledger: PullLedger, now: () => number): RunAllowance {
  let told: PullLimit | undefined;
  let toldLeft = Number.POSITIVE_INFINITY;
  let ownLeft = Number.POSITIVE_INFINITY;
  let refusal: Refusal | undefined;
  let refusals = 0;
  let made = 0;

  const ceiling = (): number => {
    const { pulls, withoutHeaders } = budget;
    if (pulls === 'auto') return told === undefined && withoutHeaders !== 'unlimited' ? withoutHeaders : Infinity;
    return pulls === 'unlimited' ? Infinity : pulls;
  };
  const limit = () => (budget.pulls === 'unlimited' ? Infinity : Math.min(ceiling(), told?.limit ?? Infinity));
  const windowMs = () => (told !== undefined && told.windowSeconds > 0 ? told.windowSeconds * 1_000 : budget.windowMs);
  const left = () => (refusal === undefined ? Math.max(0, Math.min(toldLeft, ownLeft)) : 0);
  const claim = batchClaims((wanted) => ledger.claim(wanted, ceiling()));

  return {
    left,
    isLimited: () => Number.isFinite(limit()),
    used: () => made,
    async take() {
      if (left() < 1) return false;
      if (Number.isFinite(limit())) {
        // Before anything is waited for: who asks next must not count on the same pull.
        toldLeft -= 1;
        ownLeft -= 1;
        if (!(await claim())) {
          ownLeft = 0;
          return false;
        }
      }
      made += 1;
      return true;
    },
    seen(limit) {
      if (budget.pulls === 'unlimited') return;
      told = limit;
      toldLeft = Math.min(toldLeft, limit.remaining);
      if (budget.pulls === 'auto') ownLeft = Number.POSITIVE_INFINITY;
    },
    refused(retryAfterMs) {
      refusals += 1;
      refusal = retryAfterMs === undefined ? {} : { freeAt: now() + retryAfterMs };
    },
    async begin(limit) {
      told = budget.pulls === 'unlimited' ? undefined : limit;
      toldLeft = told?.remaining ?? Number.POSITIVE_INFINITY;
      ownLeft = Number.isFinite(ceiling()) ? ceiling() - countPulls(await ledger.look()) : Number.POSITIVE_INFINITY;
      if (told !== undefined && told.remaining >= told.limit) await ledger.noteFresh();
      if (refusal !== undefined && isOver(refusal, told, refusals, now())) refusal = undefined;
    },
    async state() {
      const common = { limit: limit(), left: left(), windowMs: windowMs() };
      if (!Number.isFinite(common.limit) && refusal === undefined) return common;
      const record = await ledger.look();
      const { windowStart } = record;
      const windowEnd = windowStart === undefined ? undefined : windowStart + windowMs() + clockDifferenceMs;
      const own = oldestReturns(withinWindow(record, windowMs(), now()), windowMs());
      const byHeaders = windowEnd !== undefined && windowEnd > now() ? windowEnd : own;
      const freeAt = refusal?.freeAt ?? (ownLeft < toldLeft ? own : byHeaders);
      return { ...common, ...defined({ freeAt }) };
    },
  };
}

interface Refusal {
  readonly freeAt?: number;
}

/** A source that refuses so often what its headers allow is not believed any more. */
const mostRefusals = 3;

/** Whether a refusal is over: the time that it named has come, or the source says that pulls are left. */
function isOver({ freeAt }: Refusal, told: PullLimit | undefined, refusals: number, now: number): boolean {
  if (freeAt !== undefined) return freeAt <= now;
  return told !== undefined && told.remaining > 0 && refusals < mostRefusals;
}

interface Asked {
  resolve(granted: boolean): void;
  reject(error: unknown): void;
}

/** Does for many what is dear for each: calls that come while one is at work are answered together by the next. */
function batchClaims(work: (wanted: number) => Promise<number>): () => Promise<boolean> {
  let waiting: Asked[] = [];
  let isAtWork = false;
  const run = async (): Promise<void> => {
    isAtWork = true;
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      try {
        const granted = await work(asked.length);
        for (const [index, { resolve }] of asked.entries()) resolve(index < granted);
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    isAtWork = false;
  };
  return () =>
    new Promise<boolean>((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (!isAtWork) void run();
    });
}

/**
 * Whether the source tells of a pull limit. Then a run that reaches it must have something to show for its pulls, or the
 * next run pulls the same again, without an end: see `unlimitedScheduler`.
 */
export async function hasPullLimit(plan: Plan, source: SourceManifests): Promise<boolean> {
  const first = plan.groups.find(takesPulls);
  if (first === undefined) return false;
  const asked = await attempt(() => source.hasPullLimit(first.image, atSource(first)));
  // A source that does not answer is no reason to hurry; each group will say why.
  return !asked.ok || asked.value;
}

/** A digest of the group that the source has. */
function atSource({ digest, index }: PlannedGroup): Digest {
  return index?.children[0]?.digest ?? digest;
}
