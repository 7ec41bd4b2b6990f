import type { PlatformText } from '../core/platform.ts';
import type { Config } from './types.ts';

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
export function keepOf({ platforms, attestations, overrides = [] }: KeepRules, image: string): Keep | undefined {
  const own = overrides.filter((override) => override.image.matches(image));
  const chosen = own.find((override) => override.platforms !== undefined)?.platforms ?? platforms ?? 'all';
  const kept = own.find((override) => override.attestations !== undefined)?.attestations ?? attestations ?? 'keep';
  if (chosen === 'all' && kept === 'keep') return undefined;
  return { ...(chosen === 'all' ? {} : { platforms: chosen }), attestations: kept === 'keep' };
}
