import { defined } from '../core/defined.ts';
import type { Place, Problem } from '../core/problem.ts';

const longestValue = 200;

/** A rule that is broken, without the place where. `code` goes without `config/`. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly value?: string;
  readonly hint?: string;
}

/** Collects what is wrong, so that all of it is reported at once. */
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
      ...defined({ hint }),
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

/** More than this nobody reads. */
const mostProblems = 100;

/** Problems in the order in which they stand in the file, errors first where there are too many to show. */
export function inFileOrder(problems: readonly Problem[], file: string): Problem[] {
  if (problems.length <= mostProblems) return problems.toSorted(byPlace);
  const shown = problems.toSorted(bySeverity).slice(0, mostProblems).toSorted(byPlace);
  const message = `There are ${problems.length - mostProblems} more problems.`;
  return [...shown, { code: 'config/more', severity: 'error', message, place: { file } }];
}

function byPlace({ place: one }: Problem, { place: other }: Problem): number {
  return (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0);
}

function bySeverity({ severity: one }: Problem, { severity: other }: Problem): number {
  return Number(one === 'warning') - Number(other === 'warning');
}
