import type { Fault } from './findings.ts';
import { compileGlob } from './glob.ts';
import type { NameKind } from './name-kind.ts';
import { compileRegex, isRegex } from './regex.ts';
import type { Pattern } from './types.ts';

/** Reads a pattern for names: `/…/` is a regular expression, all else a glob. Or says why it is none. */
export function parsePattern(text: string, nameKind: NameKind): Pattern | Fault {
  const kind = isRegex(text) ? 'regex' : 'glob';
  const compiled = kind === 'regex' ? compileRegex(text) : compileGlob(text, nameKind);
  if (!(compiled instanceof RegExp)) return compiled;
  return { kind, text, matches: (value) => compiled.test(value) };
}
