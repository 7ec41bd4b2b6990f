import type { Destination } from '../config/types.ts';
import { shortDigest } from '../diff/words.ts';
import type { DriftAt } from '../review/summary/drift.ts';
import type { Drift } from '../verify/drift.ts';
import { destinationText } from './destinations.ts';
import { type Unseen, unseenLines } from './look-at.ts';

/** What was found at one destination. */
export interface Verified {
  readonly destination: Destination;
  /** How many tags were compared. */
  readonly tags: number;
  readonly drift: readonly Drift[];
  /** The images that could not be compared. */
  readonly unseen: readonly Unseen[];
}

/** What was found, by destinations as people name them. */
export function driftAt(results: readonly Verified[]): DriftAt[] {
  return results.map(({ destination, tags, drift }) => ({ tags, drift, destination: destinationText(destination) }));
}

/** How a destination differs from the lockfile, for people. */
export function verifyText({ destination, tags, drift, unseen }: Verified): string {
  const all = unseen.length === 0 ? 'all' : 'the other';
  const found =
    drift.length === 0 ? `${all} ${tags} tags are as the lockfile says` : `${drift.length} of ${tags} tags differ`;
  const notCompared = unseen.length === 0 ? '' : `${imageCount(unseen.length)} not compared`;
  const outcome = [notCompared, tags === 0 && unseen.length > 0 ? '' : found].filter(Boolean).join(', ');
  const lines = [...unseenLines(unseen, 'not compared'), ...drift.map(driftLine)];
  return [`${destinationText(destination)}: ${outcome}`, ...lines].join('\n');
}

function imageCount(count: number): string {
  return count === 1 ? '1 image was' : `${count} images were`;
}

function driftLine(drift: Drift): string {
  const name = `${drift.image}:${drift.tag}`;
  if (drift.kind === 'extra') return `  extra      ${name}`;
  if (drift.kind === 'missing') return `  missing    ${name}  (${shortDigest(drift.wanted)})`;
  return `  different  ${name}  ${shortDigest(drift.seen)}, locked ${shortDigest(drift.wanted)}`;
}
