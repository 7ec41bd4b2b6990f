import { groupBy } from '../core/group-by.ts';
import type { Tag } from '../core/names.ts';
import { bashbrewPlatforms, type PlatformText } from '../core/platform.ts';
import { buildsOf } from './builds.ts';
import { sortedArchitectures } from './entry-fields.ts';
import type { MergedEntry } from './manifest.ts';
import type { Group } from './types.ts';

export interface GroupOptions {
  /** Whether groups get their `builds`. */
  readonly builds?: boolean;
}

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
export function groupsOf(entries: readonly MergedEntry[], options: GroupOptions = {}): Group[] {
  const setsByFirstCarrier = groupBy(sharedSets(entries), ({ carriers }) => carriers[0]);
  const buildsByEntry = options.builds ? entries.map(buildsOf) : undefined;
  const group = (tags: readonly Tag[], members: readonly number[], shared: boolean): Group => ({
    tags,
    platforms: platformsOf(members.flatMap((member) => entries[member] ?? [])),
    shared,
    ...(buildsByEntry && { builds: members.flatMap((member) => buildsByEntry[member] ?? []) }),
  });
  return entries.flatMap((entry, index) => [
    group(entry.tags, [index], false),
    ...(setsByFirstCarrier.get(index) ?? []).map(({ tags, carriers }) => group(tags, carriers, true)),
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
