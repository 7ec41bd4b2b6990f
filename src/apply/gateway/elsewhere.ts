import type { Digest } from '../../core/names.ts';
import { type PlaceInUse, placeInUse, type SourcePlace } from './place.ts';

/** Who else may have a blob, in the order in which they are asked. */
export type Elsewhere = (blob: Digest) => readonly PlaceInUse[];

export const nowhere: Elsewhere = () => [];

/** How many repositories that may have lost a blob are asked. */
const mostTries = 2;

/**
 * The other repositories of the destination that have a blob. skopeo asks for one of these only where it could not be
 * mounted: its bytes go through us once more, but do not come from afar again.
 *
 * @param repositories which of them are known to have a blob
 */
export function atDestination(
  destination: SourcePlace,
  repositories: (blob: Digest) => readonly string[],
): { readonly elsewhere: Elsewhere; readonly place: PlaceInUse } {
  const place = placeInUse(destination, false);
  const elsewhere: Elsewhere = (blob) =>
    place.isDropped()
      ? []
      : repositories(blob)
          .slice(0, mostTries)
          .map((path) => ({ ...place, repository: () => path }));
  return { elsewhere, place };
}
