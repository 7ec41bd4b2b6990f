import type { Place, Problem } from '../core/problem.ts';

/** What a reference was found in. */
export type InputKind = 'dockerfile' | 'compose' | 'kubernetes' | 'ci' | 'access-log' | 'hub-usage' | 'list';

/** An image that something uses, as it is written there. */
export interface Use {
  readonly kind: InputKind;
  /** The reference, such as `python:3.13-slim`, variables replaced. */
  readonly text: string;
  readonly place: Place;
  /** How often: pulls of a log or a usage report, 1 for a line of a file. */
  readonly count: number;
}

/** What was read of a file. What could not be read is a warning with its line; the rest counts. */
export interface Reading {
  readonly uses: readonly Use[];
  readonly problems: readonly Problem[];
}

/** A warning about a part of an input that was left out. */
export function leftOut(code: string, place: Place, message: string, value?: string, hint?: string): Problem {
  return {
    code: `suggest/${code}`,
    severity: 'warning',
    message,
    place,
    ...(value === undefined ? {} : { value: value.slice(0, 200) }),
    ...(hint === undefined ? {} : { hint }),
  };
}
