import { defined } from '../core/defined.ts';
import type { Problem } from '../core/problem.ts';
import { shownValue } from '../core/text.ts';
import type { Refusal } from './types.ts';

/** Why a library file is refused. `line` counts from 1. */
export interface FileRefusal {
  readonly line: number;
  /** A stable name of the rule, such as `upstream/bad-line`. */
  readonly code: string;
  /** The rule. */
  readonly message: string;
  /** The value seen, made fit to print. */
  readonly value?: string;
}

/** Stops the reading of one library file; the reader turns it into its result, so that nobody else sees it thrown. */
export class RefusedFile extends Error {
  readonly refusal: FileRefusal;

  constructor(code: string, line: number, message: string, value?: string) {
    super(message);
    this.name = 'RefusedFile';
    this.refusal = { line, code, message, ...(value === undefined ? {} : { value: shownValue(value) }) };
  }
}

/** The warning that a refusal is to a user: it names the file, line, commit and rule, and what becomes of the image. */
export function toProblem(refusal: Refusal): Problem {
  const line = defined({ line: refusal.line });
  return {
    code: refusal.code,
    severity: 'warning',
    message: `${refusal.message} The image ${shownValue(refusal.image)} is left out (commit ${refusal.commit}).`,
    place: { file: shownValue(refusal.file), ...line },
    ...defined({ value: refusal.value }),
    hint: 'Its locked tags stay as they are. bashbrew refuses this file too: report it to docker-library/official-images.',
  };
}
