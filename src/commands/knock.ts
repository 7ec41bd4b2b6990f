import type { UserError } from '../core/problem.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import type { HeadDigest } from '../plan/types.ts';
import { isOfConnection, RegistryError } from '../registry/errors.ts';

/** A destination that was asked one thing. */
export interface Knocked {
  /** Asks the destination; what it has told already is not asked again. */
  readonly head: HeadDigest;
  /** Nobody is there: there is no use in asking more. */
  readonly silence?: UserError;
}

/**
 * Asks a destination for the first tag before it is asked for thousands: a registry that cannot be reached is found out by
 * the tries of one request, and not of each.
 */
export async function knock(head: HeadDigest, images: readonly LockedImage[]): Promise<Knocked> {
  const [first] = images.flatMap((image) =>
    lockedGroups(image).flatMap(({ tags }) => tags.map((tag) => ({ image: image.image, tag }))),
  );
  if (first === undefined) return { head };
  try {
    const told = await head(first.image, first.tag);
    return {
      head: async (image, reference) =>
        image === first.image && reference === first.tag ? told : head(image, reference),
    };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return isOfConnection(error) ? { head, silence: error } : { head };
  }
}
