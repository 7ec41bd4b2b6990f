import { checkPolicy, type PolicyAnswer, type PolicyQuestion } from '../apply/policy/check.ts';
import type { Alternate, Source } from '../config/types.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import type { Context } from './context.ts';

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
