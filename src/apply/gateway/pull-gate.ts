import { ExitCode } from '../../core/exit-code.ts';
import { UserError } from '../../core/problem.ts';
import type { PullGate } from '../../registry/http/meter.ts';
import { budgetCode, type PullAllowance } from '../types.ts';

/** The allowance as the source's client asks it: what may not be pulled is a problem `apply/budget`, which is not tried again. */
export function pullGate(allowance: PullAllowance): PullGate {
  return {
    async before() {
      if (await allowance.take()) return;
      const message = 'The pulls that this run may make are used up; this waits for a later one.';
      throw new UserError([{ code: budgetCode, severity: 'error', message }], { exitCode: ExitCode.failed });
    },
    seen: (limit) => allowance.seen(limit),
  };
}
