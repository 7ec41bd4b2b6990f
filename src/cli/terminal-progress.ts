import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { Progress, ProgressTask } from '../core/progress.ts';
import { progressCount } from './progress-count.ts';

type Shown = { title: string; output: string };

/** Work that has begun. */
interface Line {
  title: string;
  isEnded: boolean;
  readonly ended: Promise<void>;
  readonly finish: () => void;
}

/** Milliseconds of a clock. */
type Now = () => number;

/** Bytes come in many small parts: a line is made anew only so often (ms). */
const refreshMs = 200;

/**
 * Progress on a terminal: for each task a line that counts, on stderr. Of tasks at the same time the first has the line,
 * below which the others tell how far they are; theirs follow. `stop` leaves the terminal as it was.
 */
export function terminalProgress(
  stream: NodeJS.WriteStream,
  now: Now = Date.now,
): { progress: Progress; stop: () => void } {
  const lines: Line[] = [];
  let shown: Shown | undefined;
  let isShowing = false;
  const show = async (): Promise<void> => {
    if (isShowing) return;
    isShowing = true;
    for (let line = lines[0]; line !== undefined; line = lines[0]) {
      await showLine(stream, line, (task) => {
        shown = task;
      });
      lines.shift();
    }
    isShowing = false;
  };
  const start = (title: string, total?: number): ProgressTask => {
    const { promise: ended, finish } = promiseToFinish();
    const line: Line = { title, isEnded: false, ended, finish };
    lines.push(line);
    void show();
    const count = progressCount(title, total, now);
    let refreshed = Number.NEGATIVE_INFINITY;
    const refresh = (detail?: string): void => {
      refreshed = now();
      line.title = count.line();
      const [first] = lines;
      if (shown === undefined || first === undefined || first.isEnded) return;
      shown.title = first.title;
      if (line !== first) shown.output = [line.title, detail].join(' ');
      else if (detail !== undefined) shown.output = detail;
    };
    const refreshInTime = (): void => {
      if (now() - refreshed >= refreshMs) refresh();
    };
    return {
      advance(steps = 1, detail, { failed = false } = {}) {
        count.step(steps, failed);
        refresh(detail);
      },
      moved(bytes) {
        count.moved(bytes);
        refreshInTime();
      },
      expect(bytes) {
        count.expect(bytes);
        refreshInTime();
      },
      end(summary) {
        line.title = summary === undefined ? count.end() : `${title}: ${summary}`;
        line.isEnded = true;
        if (shown !== undefined && line === lines[0]) shown.title = line.title;
        finish();
      },
    };
  };
  return {
    progress: { start },
    stop: () => {
      for (const { finish } of lines.splice(1)) finish();
      lines[0]?.finish();
    },
  };
}

/** The renderer for terminals, also where it is stderr that is one and not stdout, which may be a pipe with a result. */
class StreamRenderer extends DefaultRenderer {
  static override readonly nonTTY = true;
}

async function showLine(
  stream: NodeJS.WriteStream,
  line: Line,
  onShown: (task: Shown | undefined) => void,
): Promise<void> {
  const work = async (_: unknown, task: Shown) => {
    onShown(task);
    await line.ended;
    task.title = line.title;
  };
  await new Listr([{ title: line.title, task: work }], {
    renderer: StreamRenderer,
    rendererOptions: {
      logger: new ListrLogger({ processOutput: new ProcessOutput(stream, stream) }),
      formatOutput: 'truncate',
    },
    registerSignalListeners: false,
  }).run();
  onShown(undefined);
}

function promiseToFinish(): { promise: Promise<void>; finish: () => void } {
  let finish: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { promise, finish };
}
