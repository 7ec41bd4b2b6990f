import { bashbrewPlatforms, normalPlatform, type PlatformText } from '../core/platform.ts';
import { nearestWord } from './did-you-mean.ts';
import type { Fault } from './findings.ts';

/** The platforms of official images, in the order of bashbrew's names. */
const known: readonly PlatformText[] = Object.values(bashbrewPlatforms);

/** A platform in the form that official images have it in, or why `text` is none. */
export function parsePlatform(text: string): PlatformText | Fault {
  const platform = normalPlatform(text);
  return known.includes(platform) ? platform : unknownPlatform(text);
}

function unknownPlatform(text: string): Fault {
  const meant = Object.hasOwn(bashbrewPlatforms, text)
    ? bashbrewPlatforms[text]
    : (withoutOs(text) ?? nearestWord(text, known));
  return {
    code: 'platform',
    message: 'A platform is `os/architecture` or `os/architecture/variant`, and official images are built for it.',
    value: text,
    hint: meant === undefined ? `There are ${known.join(', ')}.` : `Did you mean \`${meant}\`?`,
  };
}

/** The platform on Linux for an architecture alone, such as `amd64` or `arm/v7`. */
function withoutOs(text: string): PlatformText | undefined {
  const platform = normalPlatform(`linux/${text}`);
  return known.includes(platform) ? platform : undefined;
}
