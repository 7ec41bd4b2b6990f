import { type Problem, UserError } from './problem.ts';

/** What came of work that may fail as a user can reach it. */
export type Attempt<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem; readonly code: string; readonly error: UserError };

/** Does `work`; a user's error becomes a problem to report. A bug, or an interrupt, goes on up. */
export async function attempt<Value>(work: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const problem = error instanceof UserError ? error.problems[0] : undefined;
    if (!(error instanceof UserError) || problem === undefined) throw error;
    return { ok: false, problem, code: problem.code, error };
  }
}
