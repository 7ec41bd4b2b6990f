import type { Keep } from '../config/platforms.ts';
import { defined } from '../core/defined.ts';
import { digestOf } from '../core/digest-of.ts';
import { type Digest, isDigest } from '../core/names.ts';
import { inPlatformOrder, type Platform, type PlatformText, platformText } from '../core/platform.ts';
import type { IndexChild } from '../registry/manifest-types.ts';
import { dockerListType, dockerManifestType, ociIndexType } from '../registry/media-types.ts';
import type { Manifest } from '../registry/types.ts';
import {
  attestationsWord,
  type Child,
  noPlatform,
  type PartialIndex,
  type Reference,
  type SeenIndex,
} from './types.ts';

/** What is kept of an index, and what was left out. */
export interface Picked {
  readonly children: readonly Child[];
  readonly without: readonly string[];
  /** Whether nothing is left out of upstream's index. */
  readonly isWhole: boolean;
}

/**
 * Keeps the children of the platforms in `keep`, in upstream's order, and what attests them. An attestation of what is not
 * kept, or of what the index does not have, is not.
 */
export function pick(seen: SeenIndex, { platforms, attestations }: Keep): Picked {
  const isOfPlatform = (child: Child) => platforms?.includes(childPlatform(child)) ?? true;
  const images = new Map<Digest, Child>();
  for (const child of seen.children) {
    if (child.attests === undefined && isOfPlatform(child)) images.set(child.digest, child);
  }
  const isKept = (child: Child) =>
    child.attests === undefined ? isOfPlatform(child) : attestations && images.has(child.attests.digest);
  const children = seen.children.filter(isKept);
  const out = seen.children.filter((child) => !isKept(child));
  const without = out.flatMap((child) => {
    if (child.attests === undefined) return [childPlatform(child)];
    return images.has(child.attests.digest) ? [attestationsWord] : [];
  });
  return {
    children,
    without: inOrder([...(seen.isWhole ? [] : seen.without), ...without]),
    isWhole: seen.isWhole && out.length === 0,
  };
}

/** Whether what is known of an index is enough to pick from it. */
export function isEnough({ isWhole, without }: SeenIndex, { platforms, attestations }: Keep): boolean {
  if (isWhole) return true;
  return !without.some((word) => (word === attestationsWord ? attestations : (platforms?.includes(word) ?? true)));
}

/** What of a picked index is worth keeping while it is not mirrored; `undefined` where too little would be known of it. */
export function partialIndex(source: Digest, { children, without, isWhole }: Picked): PartialIndex | undefined {
  return isWhole || without.length > 0 ? { source, without, children } : undefined;
}

/** The platforms of images among children, by their usual names, in bashbrew's order. */
export function platformsOf(children: readonly Child[]): PlatformText[] {
  return inPlatformOrder(children.flatMap((child) => (child.attests === undefined ? [childPlatform(child)] : [])));
}

/** Words for what was left out in their order: platforms as bashbrew has them, and attestations last. */
export function inOrder(words: readonly string[]): string[] {
  const hasAttestations = words.includes(attestationsWord);
  const platforms = inPlatformOrder(words.filter((word) => word !== attestationsWord));
  return hasAttestations ? [...platforms, attestationsWord] : platforms;
}

function childPlatform({ platform }: Child): PlatformText {
  return platform === undefined ? noPlatform : platformText(platform);
}

/**
 * The index of some children. Its bytes follow only from them: JSON without spaces, with the keys in the order in which
 * BuildKit writes them. Of annotations it has those that say what an attestation attests. An index of only
 * Docker manifests is a Docker manifest list, any other an OCI index.
 */
export function indexOf(children: readonly Child[]): Manifest {
  const isDocker = children.length > 0 && children.every(({ mediaType }) => mediaType === dockerManifestType);
  const mediaType = isDocker ? dockerListType : ociIndexType;
  const json = JSON.stringify({ schemaVersion: 2, mediaType, manifests: children.map(descriptor) });
  const bytes = new TextEncoder().encode(json);
  return { digest: digestOf(bytes), mediaType, bytes };
}

/** The digest of {@link indexOf}. */
export function indexDigest(children: readonly Child[]): Digest {
  return indexOf(children).digest;
}

function descriptor({ mediaType, digest, size, platform, attests }: Child): object {
  if (attests !== undefined) {
    const platform = { architecture: 'unknown', os: 'unknown' };
    return { mediaType, digest, size, annotations: referenceAnnotations(attests), platform };
  }
  return { mediaType, digest, size, ...(platform === undefined ? {} : { platform: platformJson(platform) }) };
}

function platformJson({ architecture, os, osVersion, osFeatures, variant }: Platform): object {
  return {
    architecture,
    os,
    ...defined({ 'os.version': osVersion, 'os.features': osFeatures, variant }),
  };
}

const referenceDigest = 'vnd.docker.reference.digest';
const referenceType = 'vnd.docker.reference.type';
const typePattern = /^[a-z][a-z0-9.-]{0,63}$/;

/** What is kept of what an index says of a child. */
export function toChild({ digest, size, mediaType, platform, annotations }: IndexChild): Child {
  const known = { digest, size, mediaType };
  const isImage = platform !== undefined && (platform.os !== 'unknown' || platform.architecture !== 'unknown');
  const attests = isImage ? undefined : referenceOf(annotations);
  if (attests !== undefined) return { ...known, attests };
  return platform === undefined ? known : { ...known, platform };
}

/** BuildKit, docs/attestations/attestation-storage.md, "Attestation Manifest Descriptor". */
function referenceOf(annotations: IndexChild['annotations']): Reference | undefined {
  const digest = annotations[referenceDigest];
  const type = annotations[referenceType];
  if (digest === undefined || type === undefined || !isDigest(digest) || !typePattern.test(type)) return undefined;
  return { digest, type };
}

/** The annotations by which a child attests another; the other way round than {@link toChild}. */
function referenceAnnotations({ digest, type }: Reference): Readonly<Record<string, string>> {
  return { [referenceDigest]: digest, [referenceType]: type };
}
