import { groupsOf } from '../../../src/upstream/groups.ts';
import { readManifest } from '../../../src/upstream/manifest.ts';
import type { ImageSpec } from './types.ts';

/**
 * The image that a library file announces, with the groups that the project reads in it and, for shared tags, exactly
 * the entries that carry them. Throws where the file is refused.
 */
export function imageFromLibraryFile(repository: string, text: string): ImageSpec {
  const entries = readManifest(text);
  const groups = groupsOf(entries);
  const entryIndexes = groups.flatMap((group, index) => (group.shared ? [] : [index]));
  const carriersOf = (tag: string): number[] =>
    entryIndexes.filter((_, entry) => [...(entries[entry]?.sharedTags ?? [])].some((shared) => shared === tag));
  return {
    repository,
    groups: groups.map((group) => (group.shared ? { ...group, members: carriersOf(group.tags[0] ?? '') } : group)),
  };
}
