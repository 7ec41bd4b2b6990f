import type { Environment } from '../core/environment.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Markdown } from '../core/markdown/markdown.ts';
import { type Problem, UserError } from '../core/problem.ts';
import type { Progress, ProgressTask } from '../core/progress.ts';
import type { SecretKeeper } from '../core/secrets.ts';
import type { Copied } from '../core/wrap.ts';

/** What every command is given: the common options, and the outside world. */
export interface Context {
  /** Where the user is: what paths on the command line are relative to. */
  readonly workingDirectory: string;
  /** The mirror repository, absolute (`-C`). */
  readonly directory: string;
  /** What paths in the configuration are relative to, absolute; absent: `directory`. */
  readonly pathsFrom?: string;
  /** The configuration file, relative to `directory` or absolute (`--config`). */
  readonly configFile: string;
  /** Replace what the configuration says (`--upstream`, `--ref`). */
  readonly upstream?: string;
  readonly ref?: string;
  /** Warnings about rules and upstream's files are errors (`--strict`). */
  readonly strict: boolean;
  readonly env: Environment;
  readonly homeDirectory: string;
  /** Where clones of upstream are kept, absolute. */
  readonly cacheDirectory: string;
  /** The folder of this tool's package, which holds `schema/` and `templates/`. */
  readonly packageDirectory: string;
  readonly signal: AbortSignal;
  /** What time it is. */
  readonly now: () => Date;
  readonly progress: Progress;
  /** Shows that a host is waited for; gives what ends that, with whether it answered. Absent: nobody looks. */
  readonly waiting?: (host: string) => (hasAnswered: boolean) => void;
  /** What must not be printed: whoever learns of a password or token adds it. Absent: each client keeps its own. */
  readonly secrets?: SecretKeeper;
  /** Lines for `--verbose`, on stderr. */
  readonly debug: (line: string) => void;
}

/** What a command tells in CI, in Markdown of at most so many characters. */
export type Summary = (maxLength: number) => Markdown;

/** What a command returns; the command line prints it. */
export interface Outcome {
  readonly exitCode: ExitCode;
  /** For stdout, without the last line break; printed unless `--json`. */
  readonly text: string;
  /** What of `text` is copied or read by programs, which a narrow terminal shows so that it stays right. */
  readonly copied?: Copied;
  /** For stdout with `--json`: an object with a versioned `schema`. */
  readonly json: object;
  /** For stderr: warnings, and failures of parts of the work. */
  readonly problems: readonly Problem[];
  /** For `--summary`; absent: its problems. */
  readonly summary?: Summary;
}

/** Gives warnings back, or throws them as errors where `strict` says so. */
export function warningsOrThrow(warnings: readonly Problem[], strict: boolean): readonly Problem[] {
  if (!strict || warnings.length === 0) return warnings;
  const errors = warnings.map((warning) => ({ ...warning, severity: 'error' as const }));
  const isTheirs = warnings.every(({ code }) => /^(?:upstream|registry)\//.test(code));
  throw new UserError(errors, { exitCode: isTheirs ? ExitCode.failed : ExitCode.usage });
}

/** A progress that knows the task that was started last, whose bytes move. */
interface LastProgress extends Progress {
  readonly last: () => ProgressTask | undefined;
}

export function rememberLast({ start }: Progress): LastProgress {
  let last: ProgressTask | undefined;
  return {
    start(title, total) {
      last = start(title, total);
      return last;
    },
    last: () => last,
  };
}

/** What tells the task that was started last of bytes that have moved, and of those that will have to. */
export function byteTeller({ last }: LastProgress) {
  return {
    onBytes: (count: number) => last()?.moved(count),
    onExpected: (count: number) => last()?.expect(count),
  };
}
