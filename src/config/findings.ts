import type { Place, Problem } from '../core/problem.ts';

const longestValue = 200;

/** A rule that is broken, without the place where. `code` goes without `config/`. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly value?: string;
  readonly hint?: string;
}

/** Collects what is wrong, so that all of it is told in one go. */
export interface Findings {
  readonly problems: readonly Problem[];
  error(place: Place, fault: Fault): void;
  warning(place: Place, fault: Fault): void;
  readonly hasErrors: boolean;
}

export function startFindings(): Findings {
  const problems: Problem[] = [];
  const add = (severity: Problem['severity'], place: Place, { code, message, value, hint }: Fault) => {
    problems.push({
      code: `config/${code}`,
      severity,
      message,
      place,
      ...(value === undefined ? {} : { value: clipped(value) }),
      ...(hint === undefined ? {} : { hint }),
    });
  };
  return {
    problems,
    error: (place, fault) => add('error', place, fault),
    warning: (place, fault) => add('warning', place, fault),
    get hasErrors() {
      return problems.some(({ severity }) => severity === 'error');
    },
  };
}

/** A text that is not longer than is useful to see. */
function clipped(text: string): string {
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}
