import { parseArgs } from 'node:util';

export const partNames = ['a', 'b', 'c', 'start'] as const;
export type PartName = (typeof partNames)[number];

export interface FullOptions {
  readonly parts: ReadonlySet<PartName>;
  /** A few images and small ones, to try the benchmark itself. */
  readonly quick: boolean;
  /** Whether part (a) runs the version before the copy engine beside the one here. */
  readonly before: boolean;
  /** The images of part (a); absent: all. */
  readonly images?: readonly string[];
}

const quickImages = ['alpine', 'redis'];

/** Reads the command line of the benchmark; throws for what it does not know. */
export function fullOptions(args: readonly string[]): FullOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    allowNegative: true,
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      before: { type: 'boolean', default: true },
    },
  });
  const { quick, before } = values;
  const images = positionals.length > 0 ? positionals : quick ? quickImages : undefined;
  const parts = new Set((values.only ?? partNames).flatMap((text) => text.split(',')).map(partName));
  return { parts, quick, before, ...(images === undefined ? {} : { images }) };
}

function partName(text: string): PartName {
  const name = partNames.find((candidate) => candidate === text);
  if (name === undefined) throw new Error(`--only takes ${partNames.join(', ')}; seen: ${text}`);
  return name;
}
