import { groupBy } from '../core/group-by.ts';
import type { Digest } from '../core/names.ts';
import type { Need } from './obtain.ts';

/** A copy process is worth its start from about so many manifests on. */
const worthAProcess = 12;

/**
 * Splits absent children of one image into batches that may be copied side by side. Children of one platform stay
 * together, with their attestations, since they share layers that only one process should fetch.
 */
export function makeBatches(children: readonly Need[]): Digest[][] {
  const platformOf = new Map(children.map((child) => [child.digest, platformKey(child)]));
  const byPlatform = groupBy(children, (child) => {
    const attested = child.annotations?.['vnd.docker.reference.digest'];
    return platformOf.get(attested as Digest) ?? platformKey(child);
  });
  const batches: Digest[][] = [];
  for (const platformChildren of byPlatform.values()) {
    const digests = platformChildren.map(({ digest }) => digest);
    const last = batches.at(-1);
    if (last === undefined || last.length >= worthAProcess) batches.push(digests);
    else last.push(...digests);
  }
  return batches;
}

function platformKey({ platform }: Need): string {
  return platform === undefined ? '' : [platform.os, platform.architecture, platform.variant].join('/');
}
