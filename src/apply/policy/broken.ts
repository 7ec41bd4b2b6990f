import { defined } from '../../core/defined.ts';
import { type Place, type Problem, UserError } from '../../core/problem.ts';

/** A place in a text; the source line is for the caret. */
export function place(file: string, text: string, { line, col }: { line: number; col: number }): Place {
  const source = text.split('\n')[line - 1]?.replace(/\r$/, '');
  return { file, line, column: col, ...defined({ source }) };
}

/** What is wrong with a file of this machine that says what may be copied. */
export function fileError(message: string, at: Place, value?: string): Problem {
  return {
    code: 'apply/policy-file',
    severity: 'error',
    message,
    place: at,
    ...defined({ value }),
    hint: 'Correct the file: it decides what may be copied. skopeo and podman refuse it too.',
  };
}

export function brokenFile(problems: readonly Problem[], cause?: unknown): UserError {
  return new UserError(problems, { cause });
}
