import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Progress, ProgressTask } from '../core/progress.ts';

type Shown = { title: string; output: string };

/** Progress on a terminal: for each task a line that counts, on stderr. `stop` leaves the terminal as it was. */
export function terminalProgress(stream: NodeJS.WriteStream): { progress: Progress; stop: () => void } {
  const running = new Set<() => void>();
  const start = (title: string, total?: number): ProgressTask => {
    const { promise: ended, finish } = promiseToFinish();
    running.add(finish);
    let shown: Shown | undefined;
    let done = 0;
    const work = async (_: unknown, task: Shown) => {
      shown = task;
      await ended;
    };
    void new Listr([{ title, task: work }], {
      renderer: 'default',
      rendererOptions: {
        logger: new ListrLogger({ processOutput: new ProcessOutput(stream, stream) }),
        formatOutput: 'truncate',
      },
      registerSignalListeners: false,
    }).run();
    return {
      advance(steps = 1, detail) {
        done += steps;
        if (shown === undefined) return;
        shown.title = `${title} ${done}${total === undefined ? '' : `/${total}`}`;
        if (detail !== undefined) shown.output = detail;
      },
      end(summary) {
        if (shown !== undefined) shown.title = summary === undefined ? `${title}: ${done}` : `${title}: ${summary}`;
        running.delete(finish);
        finish();
      },
    };
  };
  return {
    progress: { start },
    stop: () => {
      for (const finish of running) finish();
      running.clear();
    },
  };
}

function promiseToFinish(): { promise: Promise<void>; finish: () => void } {
  let finish: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { promise, finish };
}

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
        end(summary) {
          write(`${title}: ${summary ?? `${done} done`}`);
        },
      };
    },
  };
}
