import type { Problem } from '../core/problem.ts';

/** The problem of a run that a signal ended. */
export const interrupted: Problem = {
  code: 'cli/interrupted',
  severity: 'error',
  message: 'Interrupted. Run again to continue.',
};

/** The document that stands on stdout with `--json` where a command ends without its own. */
export function errorJson(problems: readonly Problem[]): string {
  return JSON.stringify({ schema: 'mirrorlock/error/v1', problems }, null, 2);
}

/** Whether a command line asks for JSON, by the words themselves, since those of a wrong line are not parsed. */
export function wantsJson(words: readonly string[]): boolean {
  const options = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const format = options.indexOf('--format');
  const names = format >= 0 && options[format + 1] === 'json';
  return names || options.some((word) => word === '--json' || word === '--format=json');
}
