/** The exit codes of every command; docs/reference/cli.md describes them. */
export const ExitCode = {
  done: 0,
  /** The work failed, in whole or part. */
  failed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** Out of date, or drift. */
  stale: 3,
  /** Stopped at a limit; the rest waits for a later run. */
  budget: 4,
  /** Interrupted by a signal, as shells say it for SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
