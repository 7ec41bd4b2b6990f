import type { Progress, ProgressTask } from '../core/progress.ts';

/** Progress in a log: a line when work begins and one when it ends, for CI. */
export function plainProgress(write: (line: string) => void): Progress {
  return {
    start(title, total): ProgressTask {
      let done = 0;
      write(total === undefined ? `${title} …` : `${title} (${total}) …`);
      return {
        advance(steps = 1) {
          done += steps;
        },
        moved() {},
        expect() {},
        end(summary) {
          write(`${title}: ${summary ?? `${done} done`}`);
        },
      };
    },
  };
}
