import { createHash } from 'node:crypto';

/** Numbers from 0 to 1 (without 1) that follow from a seed, each after the other. */
export interface Random {
  number(): number;
  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number;
  one<Item>(items: readonly Item[]): Item;
}

/** Random choices that a seed repeats. */
export function randomFrom(seed: string): Random {
  let drawn = 0;
  const number = (): number => {
    drawn += 1;
    return createHash('sha256').update(`${seed} ${drawn}`).digest().readUInt32BE(0) / 2 ** 32;
  };
  const whole = (least: number, most: number): number => least + Math.floor(number() * (most - least + 1));
  return {
    number,
    whole,
    one(items) {
      const item = items[whole(0, items.length - 1)];
      if (item === undefined) throw new Error('There is nothing to choose from.');
      return item;
    },
  };
}
