import cvss from 'ae-cvss-calculator';
import { isRecord } from '../../core/json.ts';
import { cleanText } from '../../core/text.ts';
import type { AffectedPackage, OsvRecord, RangeEvent, Severity, VersionRange } from './types.ts';

/** An identifier as OSV writes them (OSV schema, "id, modified fields"). */
const idPattern = /^[A-Za-z][A-Za-z0-9]*-[A-Za-z0-9._:-]{1,100}$/;

/** Whether a text is an identifier of OSV's: it goes into URLs and texts. */
export function isOsvId(text: unknown): text is string {
  return typeof text === 'string' && idPattern.test(text);
}

/** Reads a record (OSV schema 1.7); what is of another shape in it is left out. `undefined` where it is not a record. */
export function readRecord(json: unknown): OsvRecord | undefined {
  if (!isRecord(json) || !isOsvId(json['id'])) return undefined;
  const affected = listOf(json['affected']).filter(isRecord);
  const summary = json['summary'];
  return {
    id: json['id'],
    aliases: listOf(json['aliases']).filter(isOsvId),
    upstream: listOf(json['upstream']).filter(isOsvId),
    severity: severityOf(json, affected),
    summary: typeof summary === 'string' ? cleanText(summary, 200) : '',
    isWithdrawn: typeof json['withdrawn'] === 'string',
    affected: affected.flatMap(affectedPackage),
  };
}

function affectedPackage(entry: Readonly<Record<string, unknown>>): AffectedPackage[] {
  const named = entry['package'];
  if (!isRecord(named) || typeof named['ecosystem'] !== 'string' || typeof named['name'] !== 'string') return [];
  const versions = listOf(entry['versions']).filter((version) => typeof version === 'string');
  const ranges = listOf(entry['ranges']).filter(isRecord).flatMap(versionRange);
  return [{ ecosystem: named['ecosystem'], name: named['name'], versions, ranges }];
}

function versionRange({ type, events }: Readonly<Record<string, unknown>>): VersionRange[] {
  if (type !== 'ECOSYSTEM' && type !== 'SEMVER') return [];
  const kinds = ['introduced', 'fixed', 'last_affected', 'limit'] as const;
  const read = listOf(events)
    .filter(isRecord)
    .flatMap((event) =>
      kinds.flatMap((kind): RangeEvent[] => {
        const version = event[kind];
        return typeof version === 'string' ? [{ kind, version }] : [];
      }),
    );
  return [{ events: read }];
}

const order: readonly Severity[] = ['unknown', 'low', 'medium', 'high', 'critical'];

/** Whether a severity is as high as another one, or higher. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return order.indexOf(severity) >= order.indexOf(least);
}

/** The highest of severities. */
export function highest(severities: Iterable<Severity>): Severity {
  return [...severities].reduce((one, other) => (isAtLeast(other, one) ? other : one), 'unknown');
}

/**
 * The severity of a record: the highest of its CVSS scores, else the word of its database, and where the record itself says
 * nothing, that of what it affects (OSV schema, "severity", "database_specific", "ecosystem_specific").
 */
function severityOf(
  record: Readonly<Record<string, unknown>>,
  affected: readonly Readonly<Record<string, unknown>>[],
): Severity {
  const own = highest(listOf(record['severity']).map(scored));
  if (own !== 'unknown') return own;
  const word = wordIn(record['database_specific'], 'severity');
  if (word !== 'unknown') return word;
  return highest(
    affected.flatMap((entry) => [
      ...listOf(entry['severity']).map(scored),
      wordIn(entry['database_specific'], 'severity'),
      wordIn(entry['ecosystem_specific'], 'severity'),
      wordIn(entry['ecosystem_specific'], 'urgency'),
    ]),
  );
}

function scored(entry: unknown): Severity {
  if (!isRecord(entry) || typeof entry['score'] !== 'string') return 'unknown';
  const { type, score } = entry;
  if (typeof type !== 'string' || !type.startsWith('CVSS_')) return severityWord(score);
  return vectorSeverity(String(score));
}

const vectorPattern = /^(?:CVSS:[34]\.[01]\/)?(?:[A-Za-z]{1,4}:[A-Za-z]{1,10}\/?){1,60}$/;

/** The level of a CVSS vector of version 2, 3 or 4 by its base score. */
export function vectorSeverity(vector: string): Severity {
  if (!vectorPattern.test(vector)) return 'unknown';
  const score: unknown = cvss.fromVector(vector)?.calculateScores().base;
  if (typeof score !== 'number' || !(score > 0)) return 'unknown';
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}

/** Words of databases (GitHub, Debian, Ubuntu, Red Hat). */
const words: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['important', 'high'],
  ['high', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['unimportant', 'low'],
  ['negligible', 'low'],
]);

function wordIn(holder: unknown, key: string): Severity {
  return isRecord(holder) ? severityWord(holder[key]) : 'unknown';
}

function severityWord(word: unknown): Severity {
  return (typeof word === 'string' && words.get(word.toLowerCase())) || 'unknown';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
