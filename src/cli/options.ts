import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { Target } from '../commands/target.ts';

/** The options that every command has; they may stand before the command's name or after it. */
export interface CommonOptions {
  readonly directory?: string | undefined;
  readonly config?: string | undefined;
  readonly upstream?: string | undefined;
  readonly ref?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
  readonly color?: boolean | undefined;
  readonly strict?: true | undefined;
  readonly summary?: string | undefined;
}

/** Reads a whole number from 1 to `most`. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}

/** The options that say what plan, apply and verify work on. */
export function targetOf(options: {
  image?: string[] | undefined;
  shard?: string | undefined;
  destination?: string[] | undefined;
  at?: string | undefined;
}): Target {
  const { image, shard, destination, at } = options;
  return {
    ...(image === undefined ? {} : { images: image }),
    ...(shard === undefined ? {} : { shard }),
    ...(destination === undefined ? {} : { destinations: destination }),
    ...(at === undefined ? {} : { at }),
  };
}
