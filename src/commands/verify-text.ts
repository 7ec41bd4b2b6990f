import type { Destination } from '../config/types.ts';
import { shortDigest } from '../diff/words.ts';
import type { DriftAt } from '../review/summary/drift.ts';
import type { Drift } from '../verify/drift.ts';
import { destinationText } from './destinations.ts';

/** What was found at one destination. */
export interface Verified {
  readonly destination: Destination;
  /** How many tags were compared. */
  readonly tags: number;
  readonly drift: readonly Drift[];
}

/** What was found, by destinations as people name them. */
export function driftAt(results: readonly Verified[]): DriftAt[] {
  return results.map(({ destination, ...found }) => ({ ...found, destination: destinationText(destination) }));
}

/** How a destination differs from the lockfile, for people. */
export function verifyText(destination: string, tags: number, drift: readonly Drift[]): string {
  if (drift.length === 0) return `${destination}: all ${tags} tags are as the lockfile says`;
  return [`${destination}: ${drift.length} of ${tags} tags differ`, ...drift.map(driftLine)].join('\n');
}

function driftLine(drift: Drift): string {
  const name = `${drift.image}:${drift.tag}`;
  if (drift.kind === 'extra') return `  extra      ${name}`;
  if (drift.kind === 'missing') return `  missing    ${name}  (${shortDigest(drift.wanted)})`;
  return `  different  ${name}  ${shortDigest(drift.seen)}, locked ${shortDigest(drift.wanted)}`;
}
