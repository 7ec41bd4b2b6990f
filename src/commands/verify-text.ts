import type { Destination } from '../config/types.ts';
import { shortDigest } from '../diff/words.ts';
import type { DriftAt } from '../review/summary/drift.ts';
import type { Drift } from '../verify/drift.ts';
import { type DeepReport, deepText } from './deep.ts';
import { destinationText } from './destinations.ts';

/** What was found at one destination. */
export interface Verified {
  readonly destination: Destination;
  /** How many tags were compared. */
  readonly tags: number;
  readonly drift: readonly Drift[];
  /** What a deep look took; absent: there was none. */
  readonly deep?: DeepReport;
}

/** What was found, by destinations as people name them. */
export function driftAt(results: readonly Verified[]): DriftAt[] {
  return results.map(({ destination, ...found }) => ({ ...found, destination: destinationText(destination) }));
}

/** How a destination differs from the lockfile, for people. */
export function verifyText({ destination, tags, drift, deep }: Verified): string {
  const looked = deep === undefined ? '' : `; ${deepText(deep)}`;
  const start = `${destinationText(destination)}: `;
  if (drift.length === 0) return `${start}all ${tags} tags are as the lockfile says${looked}`;
  const broken = drift.filter(({ kind }) => kind === 'broken');
  return [`${start}${counted(drift, tags)}${looked}`, ...drift.map(driftLine), ...remedy(broken.length)].join('\n');
}

/** How many tags differ, and how much is broken: what is broken may be one blob of many tags. */
function counted(drift: readonly Drift[], tags: number): string {
  const broken = drift.filter(({ kind }) => kind === 'broken').length;
  const others = drift.length - broken;
  const parts = [others > 0 ? `${others} of ${tags} tags differ` : '', broken > 0 ? `${broken} broken` : ''];
  return parts.filter(Boolean).join(', ');
}

function remedy(broken: number): string[] {
  return broken === 0 ? [] : ['  Run `mirrorlock apply --deep` to put again what is broken.'];
}

/** As many tags as a line has room for. */
const shownTags = 8;

function driftLine(drift: Drift): string {
  const name = `${drift.image}:${drift.tag}`;
  if (drift.kind === 'broken') {
    const more = drift.tags.length > shownTags ? ` and ${drift.tags.length - shownTags} more` : '';
    const names = `${drift.image}:${drift.tags.slice(0, shownTags).join(', ')}${more}`;
    const what = drift.what === 'tag' ? 'the tag' : `${drift.what} ${drift.digest}`;
    return `  broken     ${names}  ${what} in ${drift.repository}: ${drift.reason}`;
  }
  if (drift.kind === 'extra') return `  extra      ${name}`;
  if (drift.kind === 'missing') return `  missing    ${name}  (${shortDigest(drift.wanted)})`;
  return `  different  ${name}  ${shortDigest(drift.seen)}, locked ${shortDigest(drift.wanted)}`;
}
