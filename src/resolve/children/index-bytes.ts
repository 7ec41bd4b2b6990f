import type { Digest } from '../../core/names.ts';
import type { Platform } from '../../core/platform.ts';
import { digestOf } from '../../registry/manifest-answer.ts';
import type { Manifest } from '../../registry/types.ts';
import { referenceAnnotations } from './read.ts';
import type { Child } from './types.ts';

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';

/**
 * The index of some children. Its bytes follow from them alone: JSON without spaces, with the keys in the order in which
 * BuildKit writes them. Of annotations it has those that say what an attestation attests. An index of Docker manifests
 * alone is a Docker manifest list, any other an OCI index.
 */
export function indexOf(children: readonly Child[]): Manifest {
  const isDocker = children.length > 0 && children.every(({ mediaType }) => mediaType === dockerManifest);
  const mediaType = isDocker ? dockerList : ociIndex;
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
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
    ...(osFeatures === undefined ? {} : { 'os.features': osFeatures }),
    ...(variant === undefined ? {} : { variant }),
  };
}
