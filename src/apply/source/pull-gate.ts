import { ExitCode } from '../../core/exit-code.ts';
import { UserError } from '../../core/problem.ts';
import { RegistryError } from '../../registry/errors.ts';
import type { PullGate } from '../../registry/meter.ts';
import { budgetCode, type PullAllowance, type SourceManifests } from '../types.ts';

/** The allowance as the source's client asks it: what may not be pulled is a problem `apply/budget`, which is not tried again. */
export function pullGate(allowance: PullAllowance): PullGate {
  return {
    async before() {
      if (await allowance.take()) return;
      throw usedUp();
    },
    seen: (limit) => allowance.seen(limit),
  };
}

/** Reads manifests; what the source refuses above its pull limit waits for a later run, as what was not asked for. */
export function waitingAboveLimit(read: SourceManifests['get'], allowance: PullAllowance): SourceManifests['get'] {
  return async (image, digest) => {
    try {
      return await read(image, digest);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.details.isPullLimit !== true) throw error;
      allowance.refused(error.retryAfterMs);
      throw usedUp(error);
    }
  };
}

/** What is said of all that has to wait. */
export function usedUp(cause?: unknown): UserError {
  const message = 'The pull limit is reached; this waits for a later run.';
  return new UserError([{ code: budgetCode, severity: 'error', message }], { exitCode: ExitCode.budget, cause });
}
