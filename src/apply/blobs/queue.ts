/** Lets transfers go side by side: so many, and so many bytes. */
export interface TransferQueue {
  /** Does `work`, which moves `size` bytes, when its turn comes; in the order of asking. */
  run<Result>(size: number, work: () => Promise<Result>): Promise<Result>;
}

/** More than that is not under way at once, one larger blob excepted: more would only share the line. */
const mostBytesUnderWay = 1024 * 1024 * 1024;

/** @param most how many at once; a function where that changes, which is asked when work comes or ends */
export function transferQueue(most: number | (() => number), mostBytes = mostBytesUnderWay): TransferQueue {
  const atOnce = typeof most === 'number' ? () => most : most;
  const waiting: { readonly size: number; start(): void }[] = [];
  let [underWay, bytes] = [0, 0];

  const next = (): void => {
    for (let [first] = waiting; first !== undefined; [first] = waiting) {
      if (underWay >= atOnce() || (underWay > 0 && bytes + first.size > mostBytes)) return;
      waiting.shift();
      underWay += 1;
      bytes += first.size;
      first.start();
    }
  };
  return {
    async run(size, work) {
      await new Promise<void>((start) => {
        waiting.push({ size, start });
        next();
      });
      try {
        return await work();
      } finally {
        underWay -= 1;
        bytes -= size;
        next();
      }
    },
  };
}
