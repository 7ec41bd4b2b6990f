import picomatch from 'picomatch';
import type { Fault } from './findings.ts';
import { globFault } from './glob-syntax.ts';
import type { NameKind } from './name-kind.ts';

/** Compiles a glob, which matches whole names, to a regular expression; or says why it is none. */
export function compileGlob(text: string, kind: NameKind): RegExp | Fault {
  const fault = globFault(text, kind);
  if (fault !== undefined) return fault;
  // picomatch takes `[!a]` for `!` or `a`, where shells and people mean any but `a`.
  return picomatch.makeRe(text.replaceAll('[!', '[^'), {
    // It matches paths, and takes a dot before `*` for that of a hidden file, or of `..`: not so, where `*` is any text.
    bash: true,
    fastpaths: false,
    dot: true,
    nonegate: true,
    noextglob: true,
    windows: false,
  });
}
