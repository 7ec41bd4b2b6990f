import { createHash } from 'node:crypto';
import { type Keep, type KeepRules, platformsKept } from '../config/platforms.ts';
import { defined } from '../core/defined.ts';
import { type Digest, parseDigest } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import { ociManifestType } from '../registry/media-types.ts';
import { indexDigest, pick } from '../resolve/children.ts';
import type { Child, KeptIndex } from '../resolve/types.ts';
import type { Build, Group } from '../upstream/types.ts';

/** What stands behind a group's digest, by names of this model's own: equal names are equal manifests. */
export interface GroupContent {
  /** Of the index that is mirrored. */
  readonly digest: Digest;
  /** Upstream's indexes, which are read also where the mirrored one is rewritten from them. */
  readonly indexes: readonly string[];
  /** The platform manifests that are mirrored, each once. Each has an attestation. */
  readonly children: readonly string[];
  /** How many platform manifests upstream's index lists. */
  readonly allChildren: number;
  /** What one of the children counts: absent where it is attested, and its attestation mirrored. */
  readonly perChild?: number;
  /** The child of the platform whose contents are read for the reviewer, kept or not; absent where upstream has none. */
  readonly reviewed?: string;
  /** What the lockfile tells of it; only where the configuration chooses what is kept. */
  readonly kept?: KeptIndex;
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
 * order, so that a set of shared tags on a single entry has the entry's digest. What is known of a group is kept with it.
 *
 * @param reviewedPlatform the platform whose contents are read for the reviewer; absent: none
 */
export function contentModel(rules: KeepRules, epochOf?: EpochOf, reviewedPlatform?: PlatformText): ContentOf {
  const keeps = new Map<string, Keep | undefined>();
  const numberOf = numberBuilds();
  const memory = new WeakMap<Group, Known>();
  return (image, group) => {
    const builds = buildsOf(group);
    const epochs = epochOf === undefined ? [] : builds.map((build) => epochOf(image, build));
    const key = epochs.join(' ');
    const known = memory.get(group);
    if (known?.epochs === key) return known.content;
    if (!keeps.has(image)) keeps.set(image, platformsKept(rules, image));
    const content = makeContent(builds, epochs, numberOf, keeps.get(image), reviewedPlatform);
    memory.set(group, { epochs: key, content });
    return content;
  };
}

function makeContent(
  builds: readonly Build[],
  epochs: readonly number[],
  numberOf: (build: Build) => number,
  keep: Keep | undefined,
  reviewedPlatform: PlatformText | undefined,
): GroupContent | undefined {
  const named = new Map(builds.map((build, index) => [`${numberOf(build)}.${epochs[index] ?? 0}`, build.platform]));
  const all = [...named.keys()];
  if (all.length === 0) return undefined;
  const content = keep === undefined ? wholeContent(all) : keptContent(named, keep);
  if (reviewedPlatform === undefined) return content;
  const [reviewed] = [...named].find(([, platform]) => platform === reviewedPlatform) ?? [];
  return content && { ...content, ...defined({ reviewed }) };
}

function wholeContent(all: readonly string[]): GroupContent {
  const index = hash(all);
  return { digest: parseDigest(`sha256:${index}`), indexes: [index], children: all, allChildren: all.length };
}

/** As lock has it. Upstream's own index is taken for one of this tool's: so the same children have the same digest. */
function keptContent(named: ReadonlyMap<string, PlatformText>, keep: Keep): GroupContent | undefined {
  const seen = [...named].flatMap(([name, platform]) => childrenOf(name, platform));
  const { children, without } = pick({ children: seen, without: [], isWhole: true }, keep);
  if (children.length === 0) return undefined;
  const source = indexDigest(seen);
  return {
    digest: indexDigest(children),
    indexes: [source],
    children: [...named].flatMap(([name, platform]) => (keep.platforms?.includes(platform) === false ? [] : [name])),
    allChildren: named.size,
    ...(keep.attestations ? {} : { perChild: 1 }),
    kept: { sources: [source], without, children },
  };
}

/** A manifest and its attestation, of sizes as they usually have. */
function childrenOf(name: string, text: PlatformText): Child[] {
  const [os = '', architecture = '', variant] = text.split('/');
  const platform = { os, architecture, ...defined({ variant }) };
  const digest = parseDigest(`sha256:${hash([name])}`);
  const attestation = parseDigest(`sha256:${hash([name, 'attestation'])}`);
  return [
    { digest, size: 1025, mediaType: ociManifestType, platform },
    { digest: attestation, size: 841, mediaType: ociManifestType, attests: { digest, type: 'attestation-manifest' } },
  ];
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
