import { defined } from '../core/defined.ts';
import { type Place, UserError } from '../core/problem.ts';
import { shownValue } from '../core/text.ts';
import type { Pattern } from './types.ts';

/** How long a regular expression may take for all names together, in milliseconds. Those that people write take a few. */
export const regexLimitMs = 5_000;

/** What is known of a pattern that is a regular expression. */
export interface Regex {
  readonly expression: RegExp;
  /** Which names it matches, as far as that was asked. */
  readonly answers: Map<string, boolean>;
  /** The error where it took too long at `name`. */
  tooSlow(name: string): UserError;
}

const regexes = new WeakMap<Pattern, Regex>();

/** What is known of a pattern; undefined for a glob. */
export function regexOf(pattern: Pattern): Regex | undefined {
  return regexes.get(pattern);
}

/**
 * A pattern of a regular expression, which may take exponential time: answers that `matchAhead` has not found are found here,
 * and within {@link regexLimitMs}.
 */
export function regexPattern(text: string, expression: RegExp, place: Place | undefined): Pattern {
  const answers = new Map<string, boolean>();
  const tooSlow = (name: string) => tooSlowError(text, name, place);
  const bounded = boundedTest(expression, tooSlow);
  const matches = (name: string): boolean => {
    const answer = answers.get(name) ?? bounded(name);
    answers.set(name, answer);
    return answer;
  };
  const pattern: Pattern = { kind: 'regex', text, matches };
  regexes.set(pattern, { expression, answers, tooSlow });
  return pattern;
}

/** Tests names one by one, for no longer than the limit in all. */
function boundedTest(expression: RegExp, tooSlow: Regex['tooSlow']): (name: string) => boolean {
  let leftMs = regexLimitMs;
  let run: ((name: string) => boolean) | undefined;
  return (name) => {
    run ??= interruptible(expression, () => leftMs);
    const start = performance.now();
    try {
      return run(name);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw tooSlow(name);
      throw error;
    } finally {
      leftMs -= performance.now() - start;
    }
  };
}

/** Runs an expression so that time ends it, which only `node:vm` can do without another thread. */
function interruptible(expression: RegExp, limitMs: () => number): (name: string) => boolean {
  const vm = process.getBuiltinModule('node:vm');
  const script = new vm.Script('expression.test(name)');
  const context = vm.createContext({ expression });
  return (name) => {
    context['name'] = name;
    return script.runInContext(context, { timeout: Math.max(1, Math.ceil(limitMs())) }) === true;
  };
}

function tooSlowError(text: string, name: string, place: Place | undefined): UserError {
  return new UserError([
    {
      code: 'config/slow-regex',
      severity: 'error',
      message: `The regular expression ${shownValue(text)} takes longer than ${regexLimitMs / 1000} seconds.`,
      value: name,
      hint: 'It tries too many ways to match: leave out a `+` or `*` inside of another one, or write a glob.',
      ...defined({ place }),
    },
  ]);
}
