/** Progress of long work. The command line shows it on a terminal; elsewhere it is silent. */
export interface Progress {
  /** Begins a line of work of `total` steps (absent: unknown). */
  start(title: string, total?: number): ProgressTask;
}

export interface ProgressTask {
  /** One or more steps are done, or have failed; `detail` names the last. */
  advance(steps?: number, detail?: string, outcome?: { readonly failed?: boolean }): void;
  /** So many bytes went through. */
  moved(bytes: number): void;
  /** So many more bytes are known to have to go through. */
  expect(bytes: number): void;
  /** The work ended; `summary` replaces the count. */
  end(summary?: string): void;
}

/** Shows nothing: for tests, `--quiet` and pipes. */
export const noProgress: Progress = { start: () => ({ advance() {}, moved() {}, expect() {}, end() {} }) };
