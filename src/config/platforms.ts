import { defined } from '../core/defined.ts';
import { didYouMean, unknownNameHint } from '../core/nearest.ts';
import { bashbrewPlatforms, inPlatformOrder, normalPlatform, type PlatformText } from '../core/platform.ts';
import type { Fault, Findings } from '../yaml/findings.ts';
import type { Locator, Path } from '../yaml/locate.ts';
import type { Config } from './types.ts';

/** Reads the list of platforms at `path` into the order of bashbrew's names, each once; `undefined` where it is left out, and all are kept. */
export function readPlatforms(
  texts: readonly (string | undefined)[] | undefined,
  path: Path,
  locate: Locator,
  findings: Findings,
): PlatformText[] | undefined {
  const read = new Set<PlatformText>();
  for (const [index, text] of (texts ?? []).entries()) {
    if (text === undefined) continue;
    const place = locate.value([...path, index]);
    const platform = parsePlatform(text);
    if (typeof platform !== 'string') findings.error(place, platform);
    else if (read.has(platform)) findings.warning(place, duplicate(text, platform));
    else read.add(platform);
  }
  return texts === undefined ? undefined : inPlatformOrder(read);
}

function duplicate(value: string, platform: PlatformText) {
  const message = `The platform \`${platform}\` stands in the list already.`;
  return { code: 'duplicate-platform', message, value, hint: 'Leave it out.' };
}

/** The platforms of official images, in the order of bashbrew's names. */
const known: readonly PlatformText[] = Object.values(bashbrewPlatforms);

/** A platform in the form that official images have it in, or why `text` is not valid. */
export function parsePlatform(text: string): PlatformText | Fault {
  const platform = normalPlatform(text);
  return known.includes(platform) ? platform : unknownPlatform(text);
}

function unknownPlatform(text: string): Fault {
  const meant = Object.hasOwn(bashbrewPlatforms, text) ? bashbrewPlatforms[text] : withoutOs(text);
  const hint = meant === undefined ? unknownNameHint(text, known) : didYouMean([meant]);
  return {
    code: 'platform',
    message: 'A platform is `os/architecture` or `os/architecture/variant`, and official images are built for it.',
    value: text,
    ...defined({ hint }),
  };
}

/** The platform on Linux for the name of an architecture, such as `amd64` or `arm/v7`. */
function withoutOs(text: string): PlatformText | undefined {
  const platform = normalPlatform(`linux/${text}`);
  return known.includes(platform) ? platform : undefined;
}

/** Which children of an image's indexes are kept. */
export interface Keep {
  /** Absent: all. */
  readonly platforms?: readonly PlatformText[];
  /** Whether what attests them is kept. */
  readonly attestations: boolean;
}

/** What of a configuration says which children are kept. */
export type KeepRules = Pick<Config, 'platforms' | 'attestations' | 'overrides'>;

/**
 * Which children of an image's indexes are kept: what the first override for the image says, else what counts for all
 * images. `undefined`: all of them, in upstream's own index.
 */
export function platformsKept({ platforms, attestations, overrides = [] }: KeepRules, image: string): Keep | undefined {
  const own = overrides.filter((override) => override.image.matches(image));
  const chosen = own.find((override) => override.platforms !== undefined)?.platforms ?? platforms ?? 'all';
  const kept = own.find((override) => override.attestations !== undefined)?.attestations ?? attestations ?? 'keep';
  if (chosen === 'all' && kept === 'keep') return undefined;
  return { ...(chosen === 'all' ? {} : { platforms: chosen }), attestations: kept === 'keep' };
}
