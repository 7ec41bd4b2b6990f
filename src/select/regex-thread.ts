import { parentPort, workerData } from 'node:worker_threads';
import type { RegexWork } from './match-ahead.ts';

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
