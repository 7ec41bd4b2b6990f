import { parseConfig } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/types.ts';
import { type Problem, UserError } from '../../src/core/problem.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A file with only the given parts besides what must be there. */
export function yaml(...lines: readonly string[]): string {
  return ['version: 1', 'images: { include: [alpine] }', ...lines, ''].join('\n');
}

/** A file with only the given rules, each on a line of its own from line 4 on. */
export function withRules(...rules: readonly string[]): string {
  return ['version: 1', 'images:', '  include:', ...rules.map((rule) => `    - ${rule}`), ''].join('\n');
}

export function parse(text: string, env: Environment = {}): Config {
  return parseConfig(text, { file: 'mirrors.yaml', env });
}

/** What is wrong with a text: the problems of the error that it must give. */
export function problemsOf(text: string, env: Environment = {}): readonly Problem[] {
  try {
    parse(text, env);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('Nothing is wrong with it.');
}

/** `line:column+length code «value»`, without the `config/` of the code; the value only where there is one. */
export function brief({ place, code, value, severity }: Problem): string {
  const at = place?.line === undefined ? '-' : `${place.line}:${place.column}+${place.length}`;
  const mark = severity === 'warning' ? '?' : '';
  return `${at} ${code.replace(/^config\//, '')}${mark}${value === undefined ? '' : ` «${value}»`}`;
}

export function briefs(text: string, env: Environment = {}): string[] {
  return problemsOf(text, env).map(brief);
}
