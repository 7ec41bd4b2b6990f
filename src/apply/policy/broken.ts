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

const brackets: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 };

/** Where a text is nested the deepest, by its brackets outside of quotes: what a reader that gave up on it cannot say. */
export function deepestPlace(file: string, text: string): Place {
  const deepest = { depth: 0, offset: 0 };
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[[\]{}]/g)) {
    depth += brackets[match[0]] ?? 0;
    if (depth <= deepest.depth) continue;
    deepest.depth = depth;
    deepest.offset = match.index;
  }
  const before = text.slice(0, deepest.offset);
  const line = before.split('\n').length;
  return { file, line, column: deepest.offset - before.lastIndexOf('\n') };
}

export function brokenFile(problems: readonly Problem[], cause?: unknown): UserError {
  return new UserError(problems, { cause });
}
