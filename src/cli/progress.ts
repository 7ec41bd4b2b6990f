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

/** A log has a line of work under way after so long (ms), or such a part of the steps, and no more than one in so long. */
const logEveryMs = 30_000;
const logParts = 10;
const logAtMostEveryMs = 1_000;

/** Calls something over and over until it is told to stop. */
type Every = (ms: number, call: () => void) => () => void;

const everyByTimer: Every = (ms, call) => {
  const timer = setInterval(call, ms);
  // What is shown is no reason to go on.
  timer.unref();
  return () => clearInterval(timer);
};

export interface LogOptions {
  readonly now?: Now;
  readonly every?: Every;
}

/**
 * Progress in a log, for CI: a line when work begins and one when it ends, and between them one every 30 seconds or 10 % of
 * the steps, whichever comes first. `stop` ends it all.
 */
export function plainProgress(
  write: (line: string) => void,
  { now = Date.now, every = everyByTimer }: LogOptions = {},
): { progress: Progress; stop: () => void } {
  const timers = new Set<() => void>();
  const start = (title: string, total?: number): ProgressTask => {
    const count = progressCount(title, total, now);
    write(total === undefined ? `${title} …` : `${title} (${total}) …`);
    let [told, toldPart] = [now(), 0];
    let detail: string | undefined;
    /** How many tenths of the steps are done. */
    const part = (): number => {
      const { done, failed } = count.standing();
      return total === undefined ? 0 : Math.floor(((done + failed) * logParts) / total);
    };
    const tell = (): void => {
      [told, toldPart] = [now(), part()];
      write([count.line(), detail].filter(Boolean).join(': '));
    };
    const tellInTime = (): void => {
      if (now() - told >= logEveryMs) tell();
    };
    const stopTimer = every(logEveryMs / 3, tellInTime);
    timers.add(stopTimer);
    return {
      advance(steps = 1, named, { failed = false } = {}) {
        count.step(steps, failed);
        if (named !== undefined) detail = named;
        const reached = part();
        // The last is told by the end.
        if (reached > toldPart && reached < logParts && now() - told >= logAtMostEveryMs) tell();
        else tellInTime();
      },
      moved(bytes) {
        count.moved(bytes);
        tellInTime();
      },
      expect(bytes) {
        count.expect(bytes);
      },
      end(summary) {
        stopTimer();
        timers.delete(stopTimer);
        write(summary === undefined ? count.end() : `${title}: ${summary}`);
      },
    };
  };
  return {
    progress: { start },
    stop: () => {
      for (const stop of timers) stop();
      timers.clear();
    },
  };
}
