import { checkPolicy, type PolicyAnswer, type PolicyQuestion } from '../../apply/policy/check.ts';
import { defaults } from '../../config/defaults.ts';
import type { Alternate, Config, Destination, EngineName, Source } from '../../config/types.ts';
import type { Problem } from '../../core/problem.ts';
import { type LockedImage, lockedGroups } from '../../lock/types.ts';
import type { Context } from '../../session/context.ts';

/** Checks what this machine says of registries before the direct engine copies images. Throws as `checkPolicy` does. */
export function checkMachine(
  { env, homeDirectory }: Context,
  images: readonly LockedImage[],
  places: Partial<Omit<PolicyQuestion, 'images'>>,
): Promise<PolicyAnswer> {
  const copied = images.map((image) => ({ image: image.image, groups: lockedGroups(image) }));
  const question = { alternates: [], destinations: [], hasSkopeo: false, ...places, images: copied };
  return checkPolicy(question, { env, homeDirectory });
}

/** A source without alternates that are not to be asked. */
export function withoutRefused(source: Source, refused: readonly Alternate[]): Source {
  return { ...source, alternates: source.alternates.filter((one) => !refused.includes(one)) };
}

/**
 * The configuration to apply with on this machine, and what it does otherwise than the machine says. The skopeo engine
 * asks nothing of this: skopeo follows the machine's files itself. Throws as `checkPolicy` does.
 */
export async function followMachine(
  context: Context,
  config: Config,
  destinations: readonly Destination[],
  images: readonly LockedImage[],
  choice: EngineChoice,
): Promise<{ config: Config; warnings: readonly Problem[] }> {
  if (engineOf(config, choice) === 'skopeo') return { config, warnings: [] };
  const { source } = config;
  const places = { source, alternates: source.alternates, destinations, hasSkopeo: true };
  const { warnings, refusedAlternates } = await checkMachine(context, images, places);
  return { config: { ...config, source: withoutRefused(source, refusedAlternates) }, warnings };
}

/** Of the options of `apply`: what to copy with, in place of what mirrors.yaml says. */
export interface EngineChoice {
  readonly engine?: EngineName;
}

/** What apply copies with: `--engine` of one run, else `apply.engine` of mirrors.yaml. */
export function engineOf({ engine }: Pick<Config, 'engine'>, choice: EngineChoice): EngineName {
  return choice.engine ?? engine ?? defaults.engine;
}
