import type { AffectedPackage, OsvPackage, OsvRecord, RangeEvent } from './types.ts';
import { type CompareVersions, comparerOf } from './versions.ts';

/**
 * Whether a record is about a version of a package (OSV schema, "Evaluation"): `versions` counts in every ecosystem, ranges
 * where the ecosystem's order of versions is known. A withdrawn record is about nothing.
 *
 * @returns `unknown` where that order is not known, and only a range could say it
 */
export function isAffected(record: OsvRecord, asked: OsvPackage): boolean | 'unknown' {
  if (record.isWithdrawn) return false;
  const entries = record.affected.filter((entry) => isAbout(entry, asked));
  if (entries.some(({ versions }) => versions.includes(asked.version))) return true;
  const compare = comparerOf(withoutRelease(asked.ecosystem));
  const found = entries.flatMap(({ ranges }) =>
    ranges.map(({ events }) => (compare === undefined ? 'unknown' : isInRange(events, asked.version, compare))),
  );
  if (found.includes(true)) return true;
  return found.includes('unknown') ? 'unknown' : false;
}

/** An ecosystem without its release: `Debian` for `Debian:13`. */
export function withoutRelease(ecosystem: string): string {
  return ecosystem.split(':', 1)[0] ?? '';
}

/** A record that names no release of a distribution is about all of them. */
function isAbout({ ecosystem, name }: AffectedPackage, asked: OsvPackage): boolean {
  const isSame = ecosystem === asked.ecosystem || ecosystem === withoutRelease(asked.ecosystem);
  return isSame && plainName(asked.ecosystem, name) === plainName(asked.ecosystem, asked.name);
}

/** Names of PyPI are equal however they are written (PEP 503). */
export function plainName(ecosystem: string, name: string): string {
  return ecosystem === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name;
}

function isInRange(events: readonly RangeEvent[], version: string, compare: CompareVersions): boolean | 'unknown' {
  const placed = events.flatMap((event) => {
    const order = isEdge(event) ? edgeOrder(event) : compare(version, event.version);
    return order === undefined ? [] : [{ ...event, order }];
  });
  if (placed.length < events.length) return 'unknown';
  const limits = placed.filter(({ kind }) => kind === 'limit');
  if (limits.length > 0 && !limits.some(({ order }) => order < 0)) return false;
  // The last event that the version has reached decides; of two at the same version, the introduction comes last.
  const reached = placed.filter(({ kind, order }) =>
    kind === 'last_affected' ? order > 0 : kind !== 'limit' && order >= 0,
  );
  const last = reached.reduce<(typeof placed)[number] | undefined>((one, other) => {
    if (one === undefined) return other;
    const order = isEdge(other) ? -1 : isEdge(one) ? 1 : compare(other.version, one.version);
    return (order ?? 0) > 0 || (order === 0 && other.kind === 'introduced') ? other : one;
  }, undefined);
  return last?.kind === 'introduced';
}

/** `0` is before every version, `*` behind every one (OSV schema, "affected[].ranges[].events fields"). */
function isEdge({ kind, version }: RangeEvent): boolean {
  return (kind === 'introduced' && version === '0') || (kind === 'limit' && version === '*');
}

function edgeOrder({ kind }: RangeEvent): number {
  return kind === 'introduced' ? 1 : -1;
}
