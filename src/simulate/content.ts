import { createHash } from 'node:crypto';
import { type Digest, parseDigest } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Build, Group } from '../upstream/types.ts';

/** What stands behind a group's digest, by names of this model's own: equal names are equal manifests. */
export interface GroupContent {
  /** Of the index that is mirrored. */
  readonly digest: Digest;
  /** Upstream's index, which is read also where the mirrored one is rewritten from it. */
  readonly index: string;
  /** The platform manifests that are mirrored, each once. Each has an attestation. */
  readonly children: readonly string[];
  /** How many platform manifests upstream's index lists. */
  readonly allChildren: number;
}

/** A manifest for each platform of each entry, and its attestation. */
export const manifestsOfChild = 2;

/** Tells how often a build was made anew without a trace in git. */
export type EpochOf = (image: string, build: Build) => number;

/** Gives the content of a group; undefined where it has none of the wanted platforms. */
export type ContentOf = (image: string, group: Group) => GroupContent | undefined;

interface Known {
  readonly epochs: string;
  readonly content: GroupContent | undefined;
}

/**
 * A model of digests: a manifest is what decides its build, and how often it was rebuilt; an index is its manifests in
 * order, so that a set of shared tags on one entry alone has the entry's digest. What is known of a group is kept with it.
 */
export function contentModel(platforms: readonly PlatformText[] | undefined, epochOf?: EpochOf): ContentOf {
  const wanted = platforms && new Set(platforms);
  const numberOf = numberBuilds();
  const memory = new WeakMap<Group, Known>();
  return (image, group) => {
    const builds = buildsOf(group);
    const epochs = epochOf === undefined ? [] : builds.map((build) => epochOf(image, build));
    const key = epochs.join(' ');
    const known = memory.get(group);
    if (known?.epochs === key) return known.content;
    const content = makeContent(builds, epochs, numberOf, wanted);
    memory.set(group, { epochs: key, content });
    return content;
  };
}

function makeContent(
  builds: readonly Build[],
  epochs: readonly number[],
  numberOf: (build: Build) => number,
  wanted: ReadonlySet<PlatformText> | undefined,
): GroupContent | undefined {
  const named = builds.map((build, index) => ({ build, name: `${numberOf(build)}.${epochs[index] ?? 0}` }));
  const all = [...new Set(named.map(({ name }) => name))];
  const kept = named.filter(({ build }) => wanted === undefined || wanted.has(build.platform));
  const children = [...new Set(kept.map(({ name }) => name))];
  if (children.length === 0) return undefined;
  const index = hash(all);
  const own = children.length === all.length ? index : hash(children);
  return { digest: parseDigest(`sha256:${own}`), index, children, allChildren: all.length };
}

/** Gives equal builds equal numbers: names made of these are short, and there are millions of them. */
function numberBuilds(): (build: Build) => number {
  const numbers = new Map<string, number>();
  const known = new WeakMap<Build, number>();
  return (build) => {
    const before = known.get(build);
    if (before !== undefined) return before;
    const key = `${build.platform} ${build.source}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    known.set(build, number);
    return number;
  };
}

function hash(names: readonly string[]): string {
  return createHash('sha256').update(names.join('\n')).digest('hex');
}

function buildsOf({ builds, tags }: Group): readonly Build[] {
  if (builds === undefined) throw new Error(`the group of ${tags[0]} was read without its builds`);
  return builds;
}
