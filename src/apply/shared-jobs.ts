import PQueue from 'p-queue';

/** Work that may run so many processes at once; it becomes more when other work has ended. */
export type SharingWork<Result> = (jobs: () => number) => Promise<Result>;

/**
 * Does works side by side, at most as many as there are jobs, each with a share of the jobs. A share is its own while the
 * work lasts, so that one that hangs takes nothing from the others; afterwards it goes to those that are left. No share
 * ever becomes less, and together they are never more than `jobs`. Gives the results in the order of the works.
 *
 * @throws what the first of them threw, once all have ended
 */
export async function sideBySide<Result>(works: readonly SharingWork<Result>[], jobs: number): Promise<Result[]> {
  const queue = new PQueue({ concurrency: jobs });
  const running: SharingWork<Result>[] = [];
  let left = works.length;
  const shareOf = (work: SharingWork<Result>) =>
    Math.ceil((jobs - running.indexOf(work)) / Math.max(1, Math.min(jobs, left)));
  const run = async (work: SharingWork<Result>): Promise<Result> => {
    running.push(work);
    try {
      return await work(() => shareOf(work));
    } finally {
      running.splice(running.indexOf(work), 1);
      left -= 1;
    }
  };
  const ended = await Promise.allSettled(works.map((work) => queue.add(() => run(work))));
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
