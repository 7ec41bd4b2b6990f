import { ExitCode } from '../core/exit-code.ts';
import { type Problem, UserError } from '../core/problem.ts';

/** Gives warnings back, or throws them as errors where `strict` says so. */
export function warningsOrThrow(warnings: readonly Problem[], strict: boolean): readonly Problem[] {
  if (!strict || warnings.length === 0) return warnings;
  const errors = warnings.map((warning) => ({ ...warning, severity: 'error' as const }));
  const ofUpstream = warnings.every(({ code }) => code.startsWith('upstream/'));
  throw new UserError(errors, { exitCode: ofUpstream ? ExitCode.failed : ExitCode.usage });
}
