import { createHash } from 'node:crypto';
import { groupBy } from '../core/group-by.ts';
import type { Tag } from '../core/names.ts';
import { bashbrewPlatforms, type PlatformText } from '../core/platform.ts';
import { type Defaults, type Entry, sortedArchitectures } from './entry.ts';
import type { MergedEntry } from './manifest.ts';
import type { Build, EntrySource, Group } from './types.ts';

export interface GroupOptions {
  /** Whether groups get their `builds`. */
  readonly builds?: boolean;
  /** Whether groups get their `sources`. */
  readonly sources?: boolean;
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
  const sourcesByEntry = options.sources ? entries.map(sourcesOf) : undefined;
  const group = (tags: readonly Tag[], members: readonly number[], shared: boolean): Group => ({
    tags,
    platforms: platformsOf(members.flatMap((member) => entries[member] ?? [])),
    shared,
    ...(buildsByEntry && { builds: members.flatMap((member) => buildsByEntry[member] ?? []) }),
    ...(sourcesByEntry && { sources: members.flatMap((member) => sourcesByEntry[member] ?? []) }),
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

/**
 * What each platform of an entry is built from, in the order of bashbrew's architecture names. A value for one
 * architecture, such as `s390x-GitCommit`, counts only for that platform. `GitFetch` and `Constraints` are left out: they
 * say where a commit is found and where it is built, not what comes of it.
 */
function buildsOf({ tags, architectures, origin: { entry, defaults } }: MergedEntry): Build[] {
  const ownKeys = [...entry.archValues.keys(), ...defaults.archValues.keys()];
  const common = sourceOf(entry, defaults, '');
  return architectures.flatMap((architecture) => {
    const platform = bashbrewPlatforms[architecture];
    const isSpecial = ownKeys.some((key) => key.startsWith(`${architecture}-`));
    const source = isSpecial ? sourceOf(entry, defaults, architecture) : common;
    return platform === undefined ? [] : [{ platform, source, tags }];
  });
}

/** Where each platform of an entry is built from, in the order of bashbrew's architecture names. */
function sourcesOf({ architectures, origin: { entry, defaults } }: MergedEntry): EntrySource[] {
  return architectures.flatMap((architecture) => {
    const platform = bashbrewPlatforms[architecture];
    const { builder: _, ...place } = archFieldsOf(entry, defaults, architecture);
    return platform === undefined ? [] : [{ platform, ...place }];
  });
}

function sourceOf(entry: Entry, defaults: Defaults, architecture: string): string {
  const { repository, commit, directory, file, builder } = archFieldsOf(entry, defaults, architecture);
  const parts = [repository, commit, directory, file, builder];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}

/** bashbrew, manifest/rfc2822.go, `ArchGitCommit` and its neighbours: a value of the architecture's own comes first. */
function archFieldsOf({ build, archValues }: Entry, defaults: Defaults, architecture: string) {
  const value = (field: string, common: string): string => {
    const key = `${architecture}-${field}`;
    return (archValues.get(key) ?? defaults.archValues.get(key)) || common;
  };
  return {
    repository: value('GitRepo', build.gitRepo),
    commit: value('GitCommit', build.gitCommit),
    directory: value('Directory', build.directory),
    file: value('File', build.file),
    builder: value('Builder', build.builder),
  };
}
