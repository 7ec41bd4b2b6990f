import { defined } from './defined.ts';
import { ExitCode } from './exit-code.ts';

/** Where in a text a problem stands. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The whole source line, for the caret. */
  readonly source?: string;
  /** How many characters the caret underlines; 1 when absent. */
  readonly length?: number;
}

/** `file:line:column`, as far as it is known. */
export function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** Something that a user can put right. `code` is stable and documented; `message` states the rule that was broken. */
export interface Problem {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly place?: Place;
  /** The value seen, as text. */
  readonly value?: string;
  readonly hint?: string;
}

/** An error that a user can reach: it is printed by its problems, never by its stack. */
export class UserError extends Error {
  readonly problems: readonly Problem[];
  readonly exitCode: ExitCode;

  constructor(problems: readonly Problem[], options: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(problems.map((problem) => `${problem.code}: ${problem.message}`).join('\n'), { cause: options.cause });
    this.name = 'UserError';
    this.problems = problems;
    this.exitCode = options.exitCode ?? ExitCode.usage;
  }
}

/** A {@link UserError} of one error without a place. */
export function problemError(code: string, message: string, value?: string, hint?: string): UserError {
  return new UserError([
    {
      code,
      severity: 'error',
      message,
      ...defined({ value, hint }),
    },
  ]);
}
