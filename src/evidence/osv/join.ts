import { highest, isAtLeast } from './record.ts';
import type { OsvRecord, Vulnerability } from './types.ts';

/** A record that is about a package. */
export interface Finding {
  readonly id: string;
  /** By OSV's name. */
  readonly package: string;
}

type Records = ReadonlyMap<string, OsvRecord>;

/**
 * The vulnerabilities that only the old packages have, and those that only the new ones have. Several records are about one
 * vulnerability (OSV schema, "aliases", "upstream"): each CVE is there once, and each vulnerability without one. What any record
 * on the other side is about as well is left out. The severest come first.
 *
 * @param records those of findings that only one side has
 * @param more records of CVEs, for their severities
 */
export function joinFindings(
  old: readonly Finding[],
  now: readonly Finding[],
  records: Records,
  more: Records = new Map(),
): { readonly gone: readonly Vulnerability[]; readonly fresh: readonly Vulnerability[] } {
  const keysOf = (findings: readonly Finding[]) =>
    new Set(findings.flatMap(({ id }) => [id, ...namesOf(id, records.get(id))]));
  const [before, after] = [keysOf(old), keysOf(now)];
  return {
    gone: vulnerabilities(old, after, records, more),
    fresh: vulnerabilities(now, before, records, more),
  };
}

function vulnerabilities(
  findings: readonly Finding[],
  onOtherSide: ReadonlySet<string>,
  records: Records,
  more: Records,
): Vulnerability[] {
  const found = new Map<string, { ids: Set<string>; records: Set<OsvRecord>; packages: Set<string> }>();
  for (const { id, package: name } of findings) {
    const record = records.get(id);
    const isKnown = [id, ...(record?.aliases ?? [])].some((name) => onOtherSide.has(name));
    if (isKnown || record?.isWithdrawn) continue;
    for (const key of namesOf(id, record).filter((one) => !onOtherSide.has(one))) {
      const entry = found.get(key) ?? { ids: new Set(), records: new Set(), packages: new Set() };
      found.set(key, entry);
      entry.packages.add(name);
      for (const one of [id, ...(record?.aliases ?? [])]) entry.ids.add(one);
      if (record !== undefined) entry.records.add(record);
    }
  }
  return [...found].map(([id, entry]) => vulnerability(id, entry, more.get(id))).sort(severestFirst);
}

function vulnerability(
  id: string,
  entry: { ids: Set<string>; records: Set<OsvRecord>; packages: Set<string> },
  cve: OsvRecord | undefined,
): Vulnerability {
  const records = [...entry.records, ...(cve === undefined ? [] : [cve])];
  // An advisory of a distribution may be about several CVEs: its severity is that of the worst.
  const own = records.filter((record) => namesOf(record.id, record).length === 1);
  const severity = highest(own.map((one) => one.severity));
  return {
    id,
    ids: [id, ...[...entry.ids].filter((one) => one !== id).sort()],
    severity: severity === 'unknown' && cve === undefined ? highest(records.map((one) => one.severity)) : severity,
    link: `https://osv.dev/vulnerability/${encodeURIComponent(linked(id, entry.ids))}`,
    summary: records.find(({ summary }) => summary !== '')?.summary ?? '',
    packages: [...entry.packages].sort(),
  };
}

/** OSV has a page for each CVE that it has converted, and surely for the record that it gave. */
function linked(id: string, ids: ReadonlySet<string>): string {
  return ids.has(id) || isCve(id) ? id : ([...ids][0] ?? id);
}

/** What a record is about: its CVEs, or where it has none, the first of its names in order, which its aliases share. */
function namesOf(id: string, record: OsvRecord | undefined): string[] {
  const names = [id, ...(record?.aliases ?? [])];
  const cves = new Set([...names, ...(record?.upstream ?? [])].flatMap((name) => /CVE-\d{4}-\d{4,}$/.exec(name) ?? []));
  return cves.size > 0 ? [...cves] : names.sort().slice(0, 1);
}

function isCve(id: string): boolean {
  return id.startsWith('CVE-');
}

function severestFirst(a: Vulnerability, b: Vulnerability): number {
  if (a.severity !== b.severity) return isAtLeast(a.severity, b.severity) ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
