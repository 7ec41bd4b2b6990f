import { parentPort, workerData } from 'node:worker_threads';

/** Names that one regular expression is tried on. */
export interface RegexJob {
  readonly expression: RegExp;
  readonly names: readonly string[];
}

export interface RegexWork {
  readonly jobs: readonly RegexJob[];
  /** One number: which name of the job is tried. */
  readonly current: Int32Array;
}

// The thread that match-ahead.ts starts. It answers job by job: for each name whether it matches.
const { jobs, current } = workerData as RegexWork;
for (const { expression, names } of jobs) {
  parentPort?.postMessage(
    names.map((name, index) => {
      Atomics.store(current, 0, index);
      return expression.test(name);
    }),
  );
}
