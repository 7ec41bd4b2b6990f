import type { Destination } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { namespacePath } from '../core/names.ts';
import { groupPlatforms, isPending, type LockedImage, type Lockfile, lockedGroups } from '../lock/types.ts';
import type { History, ImageHistory, TagEvent } from './history.ts';
import type { KeptFacts } from './kept.ts';
import type { Reports, TagState } from './reports.ts';

/** What a catalogue is made of. */
export interface CatalogInput {
  readonly lockfile: Lockfile;
  readonly destinations: readonly Destination[];
  /** Absent: not asked for, or not in git. */
  readonly history?: History;
  /** Whether the lockfile has changes that its history does not have. */
  readonly isUncommitted?: boolean;
  /** Absent: no report was given. */
  readonly reports?: Reports;
  /** What was marked as served, the oldest first; absent: nothing is known of it. */
  readonly marks?: readonly ServedMark[];
  /** What kept manifests say, by the digest of the group. */
  readonly kept?: ReadonlyMap<Digest, KeptFacts>;
  /** Where it will be served; ends in `/`. Absent: links in feeds are relative. */
  readonly url?: string;
}

/** A moment at which destinations had all of a version. */
export interface ServedMark {
  /** Its place among the versions of the history. */
  readonly version: number;
  /** In seconds since the epoch. */
  readonly time: number;
  readonly destinations: readonly string[];
}

export interface CatalogGroup {
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  /** Absent: not known, since the lockfile keeps all of upstream's, and no index was kept. */
  readonly platforms?: readonly string[];
  /** Compressed bytes by platform, of those that are known. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The day on which upstream built it; absent where it is not known. */
  readonly built?: string;
  /** When the group's digest was merged, in seconds; absent where it is not known. */
  readonly since?: number;
  /** Since when each destination is known to serve it, in seconds: those of which no mark is known are absent. */
  readonly served: ReadonlyMap<string, number>;
  /** The worst state of its tags at each destination that a report is about. */
  readonly states: readonly { readonly destination: string; readonly state: TagState; readonly tags: readonly Tag[] }[];
}

/** A tag that left the lockfile. */
export interface EndedTag {
  readonly tag: Tag;
  readonly digest?: Digest;
  readonly until: number;
}

export interface CatalogImage {
  readonly image: ImageName;
  readonly groups: readonly CatalogGroup[];
  readonly pending: readonly Tag[];
  readonly ended: readonly EndedTag[];
  readonly history?: ImageHistory;
}

export interface Catalog extends CatalogInput {
  /** Sorted by name; those that are gone have no groups. */
  readonly images: readonly CatalogImage[];
}

/** Where images are pulled from at a destination: `registry.example.com/library`, with variables as mirrors.yaml writes them. */
export function placeOf({ registry, namespace, written }: Destination): string {
  return written ?? namespacePath(registry.host, namespace);
}

/** Puts together what is known of each image. Pure. */
export function makeCatalog(input: CatalogInput): Catalog {
  const locked = new Map(input.lockfile.images.map((image) => [image.image, image]));
  const names = [...new Set([...locked.keys(), ...(input.history?.images.keys() ?? [])])].sort();
  return { ...input, images: names.map((name) => makeImage(name, locked.get(name), input)) };
}

function makeImage(image: ImageName, locked: LockedImage | undefined, input: CatalogInput): CatalogImage {
  const history = input.history?.images.get(image);
  const tags = new Set(lockedGroups(locked).flatMap((group) => group.tags));
  const groups = lockedGroups(locked).map((group): CatalogGroup => {
    const kept = input.kept?.get(group.digest);
    const since = sinceVersion(history, group.tags, group.digest);
    return {
      digest: group.digest,
      tags: group.tags,
      sizes: kept?.sizes ?? new Map(),
      served: since === undefined ? new Map() : servedSince(since, input),
      ...defined({
        platforms: groupPlatforms(group) ?? kept?.platforms,
        built: kept?.built,
        since: since === undefined ? undefined : input.history?.versions[since]?.time,
      }),
      states: statesOf(image, group.tags, input.reports),
    };
  });
  const pending = (locked?.entries ?? []).flatMap((entry) => (isPending(entry) ? entry.pending : []));
  const ended = [...(history ?? [])]
    .filter(([tag]) => !tags.has(tag))
    .flatMap(([tag, events]) => endedTag(tag, events, input.history));
  return { image, groups, pending: [...new Set(pending)], ended, ...(history === undefined ? {} : { history }) };
}

/** The earliest version of the tags' last events, if these brought the digest. */
function sinceVersion(image: ImageHistory | undefined, tags: readonly Tag[], digest: Digest): number | undefined {
  const versions = tags.flatMap((tag) => {
    const last = image?.get(tag)?.at(-1);
    return last?.digest === digest ? last.version : [];
  });
  return versions.length === 0 ? undefined : Math.min(...versions);
}

/** Marks say names of destinations that anybody who may push tags chose: only those of mirrors.yaml count. */
function servedSince(version: number, { marks = [], destinations }: CatalogInput): Map<string, number> {
  return new Map(
    destinations.flatMap(({ name }) => {
      const mark = marks.find((one) => one.version >= version && one.destinations.includes(name));
      return mark === undefined ? [] : [[name, mark.time] as const];
    }),
  );
}

function endedTag(tag: Tag, events: readonly TagEvent[], history: History | undefined): EndedTag[] {
  const last = events.at(-1);
  const until = last === undefined ? undefined : history?.versions[last.version]?.time;
  if (last?.kind !== 'removed' || until === undefined) return [];
  const digest = events.at(-2)?.digest;
  return [{ tag, until, ...(digest === undefined ? {} : { digest }) }];
}

const worstFirst: readonly TagState[] = ['failed', 'drift', 'waits', 'unknown', 'mirrored'];

function statesOf(image: ImageName, tags: readonly Tag[], reports: Reports | undefined): CatalogGroup['states'] {
  return (reports?.destinations ?? []).map((destination) => {
    const states = tags.map((tag) => ({ tag, state: reports?.stateOf(destination, image, tag) ?? 'unknown' }));
    const state = worstFirst.find((one) => states.some((found) => found.state === one)) ?? 'unknown';
    return { destination, state, tags: states.filter((found) => found.state === state).map(({ tag }) => tag) };
  });
}

/** How many tags an image has. */
export function tagCount({ groups }: Pick<CatalogImage, 'groups'>): number {
  return groups.reduce((sum, { tags }) => sum + tags.length, 0);
}
