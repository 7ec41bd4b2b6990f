import type { CountingProxy } from '../../test/support/counting-proxy.ts';
import type { TrafficCounts } from '../../test/support/traffic.ts';

/** What work cost at its source and its destination. */
export interface Cost {
  readonly ms: number;
  readonly peakMib?: number;
  readonly source: TrafficCounts;
  readonly destination: TrafficCounts;
  /** Bytes of blobs that the source sent, over those of the distinct blobs among them; 1 where there were none. */
  readonly blobRatio: number;
  /** GETs of manifests at the source over distinct manifests. */
  readonly manifestRatio: number;
}

/** Does work, and gives what it cost. */
export async function costOf(
  source: CountingProxy,
  destination: CountingProxy,
  work: () => Promise<{ readonly peakMib: number } | undefined>,
): Promise<Cost> {
  source.reset();
  destination.reset();
  const start = performance.now();
  const done = await work();
  const ms = performance.now() - start;
  const counts = source.counts();
  return {
    ms,
    ...(done === undefined ? {} : { peakMib: done.peakMib }),
    source: counts,
    destination: destination.counts(),
    blobRatio: ratio(counts.blobBytesSent, distinctBlobBytes(source)),
    manifestRatio: ratio(counts.manifestGet, counts.distinctManifestsGot),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? (part === 0 ? 1 : Number.POSITIVE_INFINITY) : part / whole;
}

/** The bytes of each blob that was got whole, once, whatever repository it was asked in. */
function distinctBlobBytes(source: CountingProxy): number {
  const sizes = new Map<string, number>();
  for (const { kind, method, status, reference, bytesSent } of source.seen()) {
    if (kind !== 'blob' || method !== 'GET' || status !== 200) continue;
    sizes.set(reference, Math.max(sizes.get(reference) ?? 0, bytesSent));
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
