import type { Digest, ImageName } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import type { PlannedGroup } from '../plan/types.ts';
import { type IndexChild, isIndex, parseIndex } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import type { DestinationManifests, SourceManifests } from './types.ts';

/** What a group's digest stands for, and what must be at the destination before it may be tagged. */
export interface Obtained {
  /** Absent: only the copy engine has read it. */
  readonly manifest: Manifest | undefined;
  /** An index's children; for what the copy engine reads, itself. */
  readonly needs: readonly Need[];
}

/** A manifest that must be at the destination; the platform, where it is known, decides what is copied together. */
export type Need = Pick<IndexChild, 'digest' | 'annotations'> & Partial<Pick<IndexChild, 'platform'>>;

/** A digest that is left to the copy engine as a whole, with all that it stands for. */
export function leftToCopier(digest: Digest): Obtained {
  return { manifest: undefined, needs: [{ digest, annotations: {} }] };
}

/**
 * Reads a group's index once: at the destination where it is there, else at the source (one counted pull). A single
 * manifest that is absent is left to the copy engine, which would have to read it again: HEAD tells it apart.
 *
 * @throws UserError `apply/gone` when neither has the digest, and what reading throws
 */
export async function obtain(
  { image, digest, copy }: PlannedGroup,
  source: SourceManifests,
  destination: DestinationManifests,
): Promise<Obtained> {
  if (!copy) {
    const manifest = await destination.get(image, digest);
    if (manifest !== undefined) return { manifest, needs: children(manifest) };
  }
  const head = await source.head(image, digest);
  if (head === undefined) throw gone(image, digest);
  if (!isIndex(head.mediaType)) return leftToCopier(digest);
  const manifest = await source.get(image, digest);
  if (manifest === undefined) throw gone(image, digest);
  return { manifest, needs: children(manifest) };
}

/** The children of an index; a single manifest has none. @throws what parseIndex throws */
export function children(manifest: Manifest): readonly IndexChild[] {
  return isIndex(manifest.mediaType) ? parseIndex(manifest.bytes).children : [];
}

function gone(image: ImageName, digest: Digest) {
  const hint = 'Run `mirrorlock lock`: upstream may have moved on.';
  return problemError('apply/gone', `The source does not have this digest of ${image} any more.`, digest, hint);
}
