import { distance } from 'fastest-levenshtein';
import picomatch from 'picomatch';
import { UserError } from '../core/problem.ts';
import type { LockedImage } from '../lock/types.ts';
import { inShard } from './shard.ts';
import type { Shard } from './types.ts';

/** Which part of the lockfile to work on: images by name or glob (absent: all), and a shard of them. */
export interface Choice {
  readonly images?: readonly string[];
  readonly shard?: Shard;
}

/** The locked images of a choice. @throws UserError `plan/unknown-image` for each pattern that names none */
export function chooseImages(images: readonly LockedImage[], choice: Choice): LockedImage[] {
  const patterns = (choice.images ?? ['*']).map((text) => ({ text, matches: picomatch(text) }));
  const known = images.map(({ image }) => image as string);
  const unknown =
    choice.images === undefined ? [] : patterns.filter(({ matches }) => !known.some((name) => matches(name)));
  if (unknown.length > 0) throw new UserError(unknown.map(({ text }) => unknownImage(text, known)));
  return images
    .filter(({ image }) => patterns.some(({ matches }) => matches(image)))
    .filter(({ image }) => choice.shard === undefined || inShard(image, choice.shard));
}

function unknownImage(text: string, known: readonly string[]) {
  const [nearest] = [...known].sort((a, b) => distance(text, a) - distance(text, b));
  const hint = nearest === undefined ? {} : { hint: `Did you mean ${nearest}?` };
  const message = 'The lockfile has no image of this name.';
  return { code: 'plan/unknown-image', severity: 'error' as const, message, value: text, ...hint };
}
