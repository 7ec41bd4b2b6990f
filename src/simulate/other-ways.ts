import type { Digest } from '../core/names.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import { type GroupContent, manifestsOfChild } from './content.ts';

/**
 * Counted pulls where each tag of an image is pulled by itself, as `skopeo sync` by tag does on each run, and scripts that go
 * by changed files do for each tag of a file: for each tag upstream's index and all that it lists.
 */
export function pullsByTag(image: LockedImage | undefined, contents: ReadonlyMap<Digest, GroupContent>): number {
  return lockedGroups(image).reduce((sum, { digest, tags }) => {
    const children = contents.get(digest)?.allChildren ?? 0;
    return sum + tags.length * (1 + manifestsOfChild * children);
  }, 0);
}
