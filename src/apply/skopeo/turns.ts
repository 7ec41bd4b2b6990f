import type { Digest } from '../../core/names.ts';

/** Lets so many works go at once, and no two that would fetch the same blob. */
export interface Turns {
  /** Does `work` when its turn comes; in the order of asking, but that one that must wait for a blob lets others pass. */
  take<Result>(blobs: readonly Digest[], work: () => Promise<Result>): Promise<Result>;
  /** Blobs that the destination has from now on, in some repository: they are not fetched again. */
  placed(blobs: readonly Digest[]): void;
  /** Resolves when nothing is under way or waits. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly blobs: readonly Digest[];
  start(): void;
}

/** @param atOnce how many; a function where that changes, which is asked when work comes or ends */
export function turns(atOnce: number | (() => number)): Turns {
  const most = typeof atOnce === 'number' ? () => atOnce : atOnce;
  const there = new Set<Digest>();
  const fetching = new Set<Digest>();
  const idlers: (() => void)[] = [];
  let waiting: Waiting[] = [];
  let underWay = 0;

  const next = () => {
    // What an earlier one waits for is not taken by a later one, or it might wait for ever.
    const taken = new Set(fetching);
    waiting = waiting.filter((one) => {
      const wanted = one.blobs.filter((blob) => !there.has(blob));
      const free = underWay < most() && !wanted.some((blob) => taken.has(blob));
      for (const blob of wanted) taken.add(blob);
      if (!free) return true;
      underWay += 1;
      for (const blob of wanted) fetching.add(blob);
      one.start();
      return false;
    });
    if (underWay === 0 && waiting.length === 0) for (const idle of idlers.splice(0)) idle();
  };

  return {
    async take(blobs, work) {
      await new Promise<void>((start) => {
        waiting.push({ blobs, start });
        next();
      });
      try {
        return await work();
      } finally {
        underWay -= 1;
        for (const blob of blobs) fetching.delete(blob);
        next();
      }
    },
    placed(blobs) {
      for (const blob of blobs) there.add(blob);
    },
    async idle() {
      if (underWay === 0 && waiting.length === 0) return;
      await new Promise<void>((idle) => idlers.push(idle));
    },
  };
}
