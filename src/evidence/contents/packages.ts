import { defined } from '../../core/defined.ts';
import { groupBy } from '../../core/group-by.ts';
import { isRecord } from '../../core/json.ts';
import { parsePurl, purlKey, sourceOf } from './purl.ts';
import type { PackageChange, PackageChanges } from './types.ts';

/** A package that an SBOM lists. */
export interface ListedPackage {
  /** Without version and qualifiers: two packages with the same key are the same package. */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** The whole package URL. */
  readonly purl: string;
  /** Equal for packages of the same source in the same version. */
  readonly source: string;
}

/** The packages of an SBOM, and how many entries have a package URL that is not valid. */
export interface PackageList {
  readonly packages: readonly ListedPackage[];
  readonly invalid: number;
}

/**
 * The packages of an SPDX 2 document by their package URLs (SPDX 2.3, 7.21; `purl` in annex F.3.5). Entries without one,
 * such as the image itself, are not packages of a package manager.
 *
 * @returns what is wrong with a document that is not SPDX 2
 */
export function packagesOf(document: unknown): PackageList | { readonly fault: string } {
  if (!isRecord(document)) return { fault: 'it is not a JSON object' };
  const { spdxVersion, packages } = document;
  if (typeof spdxVersion !== 'string' || !spdxVersion.startsWith('SPDX-2.')) return { fault: 'it is not SPDX 2' };
  if (!Array.isArray(packages)) return { fault: 'it has no list of packages' };
  const found = new Map<string, ListedPackage>();
  let invalid = 0;
  for (const locator of packages.flatMap(purlsOf)) {
    const listed = listedPackage(locator);
    if (listed === undefined) invalid += 1;
    else if (!found.has(`${listed.key}@${listed.version}`)) found.set(`${listed.key}@${listed.version}`, listed);
  }
  return { packages: [...found.values()], invalid };
}

function purlsOf(entry: unknown): unknown[] {
  const references = isRecord(entry) ? entry['externalRefs'] : undefined;
  if (!Array.isArray(references)) return [];
  return references
    .filter((reference) => isRecord(reference) && reference['referenceType'] === 'purl')
    .map((reference) => reference['referenceLocator']);
}

function listedPackage(locator: unknown): ListedPackage | undefined {
  const url = typeof locator === 'string' ? parsePurl(locator) : undefined;
  if (url === undefined) return undefined;
  const { type, namespace, name, version } = url;
  const isPlain = namespace === '' || systemTypes.has(type);
  const full = isPlain ? name : `${namespace}${type === 'maven' ? ':' : '/'}${name}`;
  const source = sourceOf(url);
  const sourceKey = `${purlKey({ ...url, name: source.name })}@${source.version}`;
  return { key: purlKey(url), name: full, version, purl: String(locator), source: sourceKey };
}

/** The namespace of a distribution's package is the distribution, and no part of its name. */
const systemTypes: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk', 'alpm']);

/**
 * Compares the packages of two images. A package may be there in several versions: those that both have are left out, the
 * others are paired in their order, and what is left over was added or removed.
 */
export function comparePackages(from: readonly ListedPackage[], to: readonly ListedPackage[]): PackageChanges {
  const before = groupBy(from, ({ key }) => key);
  const after = groupBy(to, ({ key }) => key);
  const [oldSources, newSources] = [sourcesOf(from), sourcesOf(to)];
  const changes = { added: [] as PackageChange[], removed: [] as PackageChange[], upgraded: [] as PackageChange[] };
  for (const key of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const old = without(before.get(key), after.get(key));
    const now = without(after.get(key), before.get(key));
    for (let at = 0; at < Math.max(old.length, now.length); at += 1) {
      const change = changeOf(old[at], now[at], oldSources, newSources);
      if (old[at] === undefined) changes.added.push(change);
      else if (now[at] === undefined) changes.removed.push(change);
      else changes.upgraded.push(change);
    }
  }
  return changes;
}

const inNumericOrder = new Intl.Collator('en', { numeric: true });

function without(own: readonly ListedPackage[] = [], other: readonly ListedPackage[] = []): ListedPackage[] {
  const versions = new Set(other.map(({ version }) => version));
  return own
    .filter(({ version }) => !versions.has(version))
    .sort((a, b) => inNumericOrder.compare(a.version, b.version));
}

function sourcesOf(packages: readonly ListedPackage[]): ReadonlySet<string> {
  return new Set(packages.map(({ source }) => source));
}

function changeOf(
  old: ListedPackage | undefined,
  now: ListedPackage | undefined,
  oldSources: ReadonlySet<string>,
  newSources: ReadonlySet<string>,
): PackageChange {
  const { key: purl = '', name = '' } = now ?? old ?? {};
  return {
    purl,
    name,
    ...defined({ from: old?.version, to: now?.version, fromPurl: old?.purl, toPurl: now?.purl }),
    ...(old && newSources.has(old.source) ? { fromRemains: true } : {}),
    ...(now && oldSources.has(now.source) ? { toExisted: true } : {}),
  };
}
