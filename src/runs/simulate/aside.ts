import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Environment } from '../../core/environment.ts';
import { UserError } from '../../core/problem.ts';
import type { SimulationOptions } from '../../simulate/options.ts';
import type { Walked } from '../../simulate/simulate.ts';
import type { UpstreamHistory } from '../../upstream/types.ts';

/** What the thread is given: plain data, since functions cannot be handed over. */
export interface AsideWork {
  readonly history: UpstreamHistory;
  readonly options: SimulationOptions;
  /** The configurations, which the thread reads by itself. */
  readonly files: readonly { readonly path: string; readonly shownAs: string }[];
  readonly env: Environment;
}

/** What the thread answers: what it walked, or the error of a user. */
export type AsideAnswer =
  | { readonly ok: true; readonly walked: readonly Walked[] }
  | { readonly ok: false; readonly problems: UserError['problems']; readonly exitCode: UserError['exitCode'] };

/** Begins to walk with the model's rebuilds in a thread of its own: it takes as long as the walk through what history proves. */
export function startAside(work: AsideWork): Worker {
  // Where scripts/build.mjs puts the thread: beside the chunk that this file is in.
  return new Worker(new URL('./simulate-thread.js', import.meta.url), { workerData: work });
}

/** What the thread found. It must be asked before anything is awaited. @throws what the walk throws, and the signal's reason */
export async function answerOf(thread: Worker, signal: AbortSignal): Promise<readonly Walked[]> {
  const [answer] = (await once(thread, 'message', { signal })) as [AsideAnswer];
  if (answer.ok) return answer.walked;
  throw new UserError(answer.problems, { exitCode: answer.exitCode });
}
