import type fc from 'fast-check';

/**
 * The same function, whose work begins, and whose answers arrive, in an order of the scheduler's choice. Unlike
 * `scheduler.scheduleFunction` it never leaves a failure alone for a while, which counts as an unhandled rejection.
 */
export function inAnyOrder<Args extends unknown[], Result>(
  scheduler: fc.Scheduler,
  work: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    await scheduler.schedule(Promise.resolve());
    const [settled] = await Promise.allSettled([work(...args)]);
    await scheduler.schedule(Promise.resolve());
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  };
}
