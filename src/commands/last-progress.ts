import type { Progress, ProgressTask } from '../core/progress.ts';

/** A progress that knows the task that was started last, whose bytes move. */
export interface LastProgress extends Progress {
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
