import { type PlaceInUse, placeInUse, type SourcePlace } from '../source/places.ts';

/** The repositories of a destination, as places that blobs are read from. */
export interface OwnRepositories {
  /** One that has a blob; nothing where the destination is not asked any more. */
  having(repository: string): readonly PlaceInUse[];
  readonly report: PlaceInUse['report'];
}

/**
 * Reads from the destination itself what it does not mount: the bytes go through us once more, but do not come from afar
 * again.
 */
export function ownRepositories(destination: SourcePlace): OwnRepositories {
  const place = placeInUse(destination, false);
  return {
    having: (repository) => (place.isDropped() ? [] : [{ ...place, repository: () => repository }]),
    report: place.report,
  };
}
