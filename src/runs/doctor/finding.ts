import { attempt } from '../../core/attempt.ts';
import type { Problem } from '../../core/problem.ts';

/** What was looked at, and how it is. */
export interface Finding {
  /** Such as `node`, `source` or `destination main: push`. */
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** What to do; only where it is not ok. */
  readonly hint?: string;
  /** The code of the problem that was met. */
  readonly code?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message };
}

export function warning(check: string, message: string, hint: string): Finding {
  return { check, status: 'warning', message, hint };
}

export function broken(check: string, message: string, hint: string): Finding {
  return { check, status: 'error', message, hint };
}

/** A problem as a finding, in one line. */
export function ofProblem(check: string, problem: Problem, status: Finding['status'] = problem.severity): Finding {
  const { code, message, value, hint, place } = problem;
  const where = place === undefined ? '' : `${place.file}${place.line === undefined ? '' : `:${place.line}`}: `;
  const seen = value === undefined ? '' : ` (${value})`;
  return { check, status, message: `${where}${message}${seen}`, code, ...(hint === undefined ? {} : { hint }) };
}

/** Looks at something; what a user can meet there becomes findings. */
export async function looked(check: string, work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  const done = await attempt(work);
  return done.ok ? done.value : done.error.problems.map((problem) => ofProblem(check, problem));
}
