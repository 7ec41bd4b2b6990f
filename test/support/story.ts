import { test } from 'vitest';

/** Adds a step to a story, as a test of this name. */
export type Step = (name: string, work: () => void | Promise<void>) => void;

/**
 * A story in steps, each of which begins where the one before ended. Each step is a test, and runs by itself all the same
 * (`-t`, or in any order): it first takes the steps before it that were not taken yet. No step is taken twice. Either all
 * steps stand in a `describe` or none does: vitest enters a `describe` only after the end of the file.
 */
export function story(): Step {
  let last: (() => Promise<void>) | undefined;
  return (name, work) => {
    const before = last;
    let taken: Promise<void> | undefined;
    const take = async (): Promise<void> => {
      await before?.();
      try {
        await work();
      } catch (error) {
        throw new Error(`The story stops at “${name}”: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
    };
    last = () => {
      taken ??= take();
      return taken;
    };
    test(name, last);
  };
}
