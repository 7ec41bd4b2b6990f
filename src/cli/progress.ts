import type { Progress, ProgressTask } from '../core/progress.ts';
import { progressCount } from './progress-count.ts';

/** Milliseconds of a clock. */
type Now = () => number;

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
        // The end reports the last.
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
