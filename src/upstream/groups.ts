import { groupBy } from '../core/group-by.ts';
import type { Tag } from '../core/names.ts';
import { bashbrewPlatforms, type PlatformText } from '../core/platform.ts';
import { sortedArchitectures } from './entry-fields.ts';
import type { MergedEntry } from './manifest.ts';
import type { Group } from './types.ts';

/** Shared tags that the same entries carry. */
interface SharedSet {
  readonly tags: readonly Tag[];
  /** Indexes of the entries, ascending. */
  readonly carriers: readonly number[];
}

/**
 * The groups of a file: its entries in order, each followed by the sets of shared tags of which it is the first carrier. A
 * set is the tags that exactly the same entries carry (bashbrew, manifest/rfc2822.go, `GetSharedTagGroups`).
 */
export function groupsOf(entries: readonly MergedEntry[]): Group[] {
  const setsByFirstCarrier = groupBy(sharedSets(entries), ({ carriers }) => carriers[0]);
  return entries.flatMap((entry, index) => [
    { tags: entry.tags, platforms: platformsOf([entry]), shared: false },
    ...(setsByFirstCarrier.get(index) ?? []).map(({ tags, carriers }) => ({
      tags,
      platforms: platformsOf(carriers.flatMap((carrier) => entries[carrier] ?? [])),
      shared: true,
    })),
  ]);
}

function sharedSets(entries: readonly MergedEntry[]): SharedSet[] {
  const uses = entries.flatMap(({ sharedTags }, carrier) => [...sharedTags].map((tag) => ({ tag, carrier })));
  const carriersByTag = [...groupBy(uses, ({ tag }) => tag)].map(([tag, group]) => ({
    tag,
    carriers: group.map(({ carrier }) => carrier),
  }));
  const groups = groupBy(carriersByTag, ({ carriers }) => carriers.join(','));
  return [...groups.values()].map((group) => ({
    tags: group.map(({ tag }) => tag),
    carriers: group[0]?.carriers ?? [],
  }));
}

function platformsOf(entries: readonly MergedEntry[]): PlatformText[] {
  const architectures = sortedArchitectures(entries.flatMap((entry) => entry.architectures));
  return architectures.flatMap((name) => bashbrewPlatforms[name] ?? []);
}
