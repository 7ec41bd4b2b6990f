import type { SourceText } from '../../config/source-text.ts';
import { type Place, type Problem, UserError } from '../../core/problem.ts';

/** One slip may break many rules; the first ones say it. */
const mostProblems = 20;

const regenerate =
  'Do not edit or merge it by hand: take either version whole (git checkout), then run `mirrorlock lock`.';

/** A rule that is broken. Without a `hint` of its own it gets the advice to make the lockfile anew. */
export interface Fault {
  /** Goes without `lock/`. */
  readonly code: string;
  readonly message: string;
  /** The value seen. */
  readonly value?: string | undefined;
  readonly hint?: string;
}

/** Collects what is wrong with the text of a lockfile, so that all of it is told in one go. */
export interface ParseProblems {
  /** @param where the offsets in the text of what is wrong, `[start, end]`, or the place; absent: its beginning */
  add(where: readonly number[] | Place | null | undefined, fault: Fault): void;
  /** @throws UserError with what was collected, if anything was */
  throwIfAny(): void;
}

/** Begins a collection of what is wrong with `source`. */
export function parseProblems(source: SourceText): ParseProblems {
  const problems: Problem[] = [];
  return {
    add(where, { code, message, value, hint = regenerate }) {
      if (problems.length >= mostProblems) return;
      const place = where && 'file' in where ? where : placeOf(source, where ?? []);
      const seen = value === undefined ? {} : { value };
      problems.push({ code: `lock/${code}`, severity: 'error', message, place, ...seen, hint });
    },
    throwIfAny() {
      if (problems.length > 0) throw new UserError(problems);
    },
  };
}

function placeOf(source: SourceText, [start = 0, end = start + 1]: readonly number[]): Place {
  return source.place(start, end);
}
