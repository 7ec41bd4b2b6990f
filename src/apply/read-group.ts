import type { ImageName } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import { isRewritten } from '../lock/types.ts';
import type { PlannedGroup } from '../plan/types.ts';
import { type IndexChild, isIndex, parseIndex } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import { indexOf } from '../resolve/children.ts';
import type { Child } from '../resolve/types.ts';
import type { DestinationManifests, SourceManifests } from './types.ts';

/** What a group's digest stands for, and what must be at the destination before it may be tagged. */
export interface GroupContents {
  readonly manifest: Manifest;
  /** An index's children; a single manifest that is absent or damaged needs itself. */
  readonly needs: readonly Need[];
}

/** A manifest that must be at the destination; `size` in bytes. */
export type Need = Pick<IndexChild, 'digest' | 'size'>;

/**
 * Makes a rewritten index of what the lockfile says. Reads any other group's manifest once: at the destination where it is there, else at the source (one counted pull).
 *
 * @throws UserError `apply/gone` when neither has the digest, and what reading throws
 */
export async function readGroup(
  { image, digest, copy, index, mend }: PlannedGroup,
  source: SourceManifests,
  destination: DestinationManifests,
): Promise<GroupContents> {
  if (index !== undefined && isRewritten({ digest, index })) return fromLockfile(index.children);
  const there = copy ? undefined : await destination.get(image, digest);
  if (there !== undefined && mend === undefined) return { manifest: there, needs: childrenOf(there) ?? [] };
  const manifest = there ?? (await readAtSource(image, digest, source));
  return { manifest, needs: childrenOf(manifest) ?? [{ digest, size: manifest.bytes.byteLength }] };
}

function fromLockfile(children: readonly Child[]): GroupContents {
  return { manifest: indexOf(children), needs: children };
}

/** A manifest of the source. @throws UserError `apply/gone`, and what reading throws */
export async function readAtSource(image: ImageName, digest: Manifest['digest'], source: SourceManifests) {
  const manifest = await source.get(image, digest);
  if (manifest !== undefined) return manifest;
  const hint = 'Run `mirrorlock lock`: upstream may have moved on.';
  throw problemError('apply/gone', `The source does not have this digest of ${image} any more.`, digest, hint);
}

/** `undefined` for a single manifest. */
function childrenOf({ mediaType, bytes }: Manifest): readonly IndexChild[] | undefined {
  return isIndex(mediaType) ? parseIndex(bytes).children : undefined;
}
