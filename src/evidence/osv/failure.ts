import { defined } from '../../core/defined.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { UserError } from '../../core/problem.ts';
import { shownValue } from '../../core/text.ts';

/** OSV, or the folder with its files, did not give what was asked for. */
export class OsvFailure extends UserError {
  /** Whether another try may help, and how long to wait for it (ms; 0 where nothing says so). */
  readonly retryAfterMs: number | undefined;
  /** Whether what was asked is the reason. */
  readonly isBadRequest: boolean;

  constructor(
    code: 'osv/unreachable' | 'osv/refused' | 'osv/bad-answer' | 'osv/folder' | 'osv/slow',
    message: string,
    {
      value,
      hint,
      cause,
      retryAfterMs,
      isBadRequest = false,
    }: { value?: string; hint?: string; cause?: unknown; retryAfterMs?: number; isBadRequest?: boolean } = {},
  ) {
    const shown = value === undefined ? undefined : shownValue(value);
    super([{ code, severity: 'error', message, ...defined({ value: shown, hint }) }], {
      exitCode: ExitCode.failed,
      cause,
    });
    this.retryAfterMs = retryAfterMs;
    this.isBadRequest = isBadRequest;
  }
}
