import { parse, TomlError, type TomlTable } from 'smol-toml';
import { brokenFile, fileError, place } from './broken.ts';

/** What a registries.conf says of the references below a prefix. */
export interface RegistryEntry {
  /** `HOST`, `HOST/PATH`, or `*.DOMAIN`. */
  readonly prefix: string;
  /** What stands for the prefix when an image is read; absent: the prefix itself. */
  readonly location?: string;
  readonly blocked: boolean;
  /** Where images are read first by digest. */
  readonly mirrors: readonly string[];
  readonly file: string;
}

/**
 * Reads a registries.conf of version 2, or of version 1 where `isDropIn` does not forbid it (containers-registries.conf(5);
 * containers/image, pkg/sysregistriesv2). Of the entries with one prefix the first counts.
 *
 * @throws UserError `apply/policy-file`
 */
export function parseRegistriesConf(text: string, file: string, { isDropIn = false } = {}): RegistryEntry[] {
  const table = readToml(text, file);
  const blockedByV1 = listOf(tableOf(tableOf(table['registries'])['block'])['registries']).filter(isText);
  if (table['registries'] !== undefined && (isDropIn || table['registry'] !== undefined)) {
    throw brokenFile([fileError('Entries of version 1 (`[registries.…]`) cannot stand here.', { file })]);
  }
  const v1 = blockedByV1.map((one) => ({ prefix: trimmed(one), blocked: true, mirrors: [], file }));
  const entries = [...v1, ...listOf(table['registry']).map((one) => readEntry(tableOf(one), file))];
  return entries.filter(({ prefix }, index) => entries.findIndex((other) => other.prefix === prefix) === index);
}

/** Entries of several files, of which a later one replaces those with the same prefix. */
export function mergeEntries(files: readonly (readonly RegistryEntry[])[]): RegistryEntry[] {
  return [...new Map(files.flat().map((entry) => [entry.prefix, entry])).values()];
}

/** The entry with the longest prefix of a repository's full name (containers/image, `FindRegistry`). */
export function findEntry(entries: readonly RegistryEntry[], name: string): RegistryEntry | undefined {
  return entries
    .filter(({ prefix }) => matchedLength(name, prefix) !== undefined)
    .reduce<RegistryEntry | undefined>(
      (best, entry) => (best === undefined || entry.prefix.length > best.prefix.length ? entry : best),
      undefined,
    );
}

/** Where containers/image reads a repository of an entry; the name itself where nothing is replaced. */
export function locationOf({ prefix, location }: RegistryEntry, name: string): string {
  const length = matchedLength(name, prefix);
  return location === undefined || length === undefined ? name : `${location}${name.slice(length)}`;
}

/** How much of a name a prefix covers. Like containers/image, a host without a port covers the same host with one. */
function matchedLength(name: string, prefix: string): number | undefined {
  const isWild = prefix.startsWith('*.');
  const covered = isWild ? prefix.slice(1) : prefix;
  const start = name.indexOf(covered);
  if (start === -1 || (isWild ? name.slice(0, start).includes('/') : start > 0)) return undefined;
  const length = start + covered.length;
  return length === name.length || [':', '/', '@'].includes(name.charAt(length)) ? length : undefined;
}

function readEntry(entry: TomlTable, file: string): RegistryEntry {
  const [location, given] = [textOf(entry['location']), textOf(entry['prefix'])];
  const prefix = given || location;
  const isWild = prefix.startsWith('*.');
  if (prefix === '' || (location === '' && !isWild)) {
    throw brokenFile([fileError('A `[[registry]]` has a `location`.', { file }, prefix)]);
  }
  if (isWild && /[/@:]/.test(prefix)) {
    throw brokenFile([fileError('A prefix with a wildcard is `*.` and a domain.', { file }, prefix)]);
  }
  if (/^https?:\/\//.test(prefix) || /^https?:\/\//.test(location)) {
    throw brokenFile([fileError('A `prefix` or `location` has no `https://`.', { file }, prefix)]);
  }
  const blocked = entry['blocked'] ?? false;
  if (typeof blocked !== 'boolean') {
    throw brokenFile([fileError('`blocked` is `true` or `false`.', { file }, String(blocked))]);
  }
  const mirrors = listOf(entry['mirror'])
    .map(tableOf)
    .filter((mirror) => mirror['pull-from-mirror'] !== 'tag-only');
  return {
    ...{ prefix, blocked, file, mirrors: mirrors.map((mirror) => textOf(mirror['location'])) },
    ...(location === '' ? {} : { location }),
  };
}

function readToml(text: string, file: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw brokenFile([fileError('The file is nested too deeply.', { file })], error);
    if (!(error instanceof TomlError)) throw error;
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    const at = place(file, text, { line: error.line, col: error.column });
    throw brokenFile([fileError(`The file is not TOML: ${reason}.`, at)], error);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const trimmed = (text: string) => text.replace(/\/+$/, '');
const textOf = (value: unknown) => (isText(value) ? trimmed(value) : '');
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function tableOf(value: unknown): TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : {};
}
