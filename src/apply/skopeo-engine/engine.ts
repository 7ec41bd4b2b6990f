import type { Digest, ImageName } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';

/** Brings manifests, with the blobs that they name, to one destination. */
export interface Engine {
  /**
   * Ensures that manifests of one image are at the destination. Gives why each that failed did; whether the others arrived
   * is asked at the destination. Several calls may run at once.
   */
  copy(image: ImageName, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Problem>>;
  close(): Promise<void>;
}
