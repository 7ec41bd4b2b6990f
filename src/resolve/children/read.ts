import { isDigest } from '../../core/names.ts';
import type { IndexChild } from '../../registry/manifest-types.ts';
import type { Child, Reference } from './types.ts';

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
export function referenceAnnotations({ digest, type }: Reference): Readonly<Record<string, string>> {
  return { [referenceDigest]: digest, [referenceType]: type };
}
