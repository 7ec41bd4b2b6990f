import { parsePattern } from '../config/patterns.ts';
import type { Pattern } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { unknownNameHint } from '../core/nearest.ts';
import { type Problem, UserError } from '../core/problem.ts';
import type { LockedImage } from '../lock/types.ts';
import { inShard } from './matrix.ts';
import type { Shard } from './types.ts';

const longestPattern = 255;

/** Which part of the lockfile to work on: images by name or pattern, as in mirrors.yaml, or lists of these with commas (absent: all), and a shard of them. */
interface Choice {
  readonly images?: readonly string[];
  readonly shard?: Shard;
}

/**
 * The locked images of a choice, in the lockfile's order.
 *
 * @throws UserError `plan/bad-pattern` for each that is not valid, `plan/unknown-image` for each that names no image
 */
export function chooseImages(images: readonly LockedImage[], { images: texts, shard }: Choice): LockedImage[] {
  const isChosen = texts === undefined ? () => true : chosenBy(texts, images);
  return images
    .filter(({ image }) => isChosen(image))
    .filter(({ image }) => shard === undefined || inShard(image, shard));
}

function chosenBy(texts: readonly string[], images: readonly LockedImage[]): (image: string) => boolean {
  const known = images.map(({ image }) => image as string);
  const patterns: Pattern[] = [];
  const problems: Problem[] = [];
  for (const text of texts.flatMap(splitImageList)) {
    const pattern = readPattern(text);
    if ('message' in pattern) problems.push(pattern);
    else if (known.some((name) => pattern.matches(name))) patterns.push(pattern);
    else problems.push(unknownImage(text, known));
  }
  if (problems.length > 0) throw new UserError(problems);
  return (image) => patterns.some(({ matches }) => matches(image));
}

function readPattern(text: string): Pattern | Problem {
  if (text === '' || text.length > longestPattern)
    return badPattern(`A name or pattern has 1 to ${longestPattern} characters.`, text);
  const pattern = parsePattern(text, 'image');
  return 'matches' in pattern ? pattern : badPattern(pattern.message, text);
}

function badPattern(message: string, value: string): Problem {
  return { code: 'plan/bad-pattern', severity: 'error', message, value };
}

function unknownImage(value: string, known: readonly string[]): Problem {
  const hint = unknownNameHint(value, known);
  return {
    code: 'plan/unknown-image',
    severity: 'error',
    message: 'The lockfile has no image of this name.',
    value,
    ...defined({ hint }),
  };
}

/**
 * The names and patterns of a list that was given as one text, such as `alpine,{mysql,mariadb}`: a comma in braces is the
 * glob's, and a regular expression must be the only one, since a comma may be a part of it.
 */
function splitImageList(text: string): string[] {
  if (text.startsWith('/')) return [text];
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === ',' && depth <= 0) parts.push('');
    else parts.push(`${parts.pop()}${character}`);
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
  }
  return parts;
}
