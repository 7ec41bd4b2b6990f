import { type PackageUrl, sourceOf } from '../contents/purl.ts';
import type { OsvPackage } from './types.ts';

/** OSV's ecosystems by the type of a package URL, where they have no releases (OSV schema, "Defined ecosystems"). */
const ecosystems: Readonly<Record<string, string>> = {
  bitnami: 'Bitnami',
  cargo: 'crates.io',
  composer: 'Packagist',
  conan: 'ConanCenter',
  cran: 'CRAN',
  gem: 'RubyGems',
  golang: 'Go',
  hackage: 'Hackage',
  hex: 'Hex',
  maven: 'Maven',
  npm: 'npm',
  nuget: 'NuGet',
  pub: 'Pub',
  pypi: 'PyPI',
};

/** Distributions by the namespace of a package URL: OSV's name, and how it writes a release. */
const distributions: Readonly<Record<string, readonly [string, (release: string) => string | undefined]>> = {
  'deb/debian': ['Debian', (release) => debianReleases[release] ?? /^\d+/.exec(release)?.[0]],
  'deb/ubuntu': ['Ubuntu', ubuntuRelease],
  'apk/alpine': ['Alpine', (release) => prefixed('v', /^\d+\.\d+/.exec(release)?.[0])],
  'apk/wolfi': ['Wolfi', () => ''],
  'apk/chainguard': ['Chainguard', () => ''],
  'rpm/almalinux': ['AlmaLinux', (release) => /^\d+/.exec(release)?.[0]],
  'rpm/rocky': ['Rocky Linux', (release) => /^\d+/.exec(release)?.[0]],
  'rpm/rockylinux': ['Rocky Linux', (release) => /^\d+/.exec(release)?.[0]],
};

const debianReleases: Readonly<Record<string, string | undefined>> = {
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
};

/**
 * The name of a package in OSV. Records of distributions are about source packages, those of AlmaLinux and Rocky Linux about
 * the packages themselves.
 *
 * @returns what is missing where OSV has no such ecosystem, or the package URL has no version or no release
 */
export function osvPackage(
  url: PackageUrl,
): OsvPackage | { readonly missing: 'no-ecosystem' | 'no-version'; readonly what: string } {
  const { type, namespace, name, version } = url;
  const distribution = own(distributions, `${type}/${namespace.toLowerCase()}`);
  if (distribution !== undefined) return systemPackage(url, distribution);
  const ecosystem = own(ecosystems, type);
  const what = ecosystem ?? (['deb', 'apk', 'rpm'].includes(type) ? `${type}/${namespace}` : type);
  if (ecosystem === undefined) return { missing: 'no-ecosystem', what };
  if (version === '') return { missing: 'no-version', what };
  const separator = type === 'maven' ? ':' : '/';
  const full = namespace === '' ? name : `${namespace}${separator}${name}`;
  // OSV has Go's versions without the letter.
  return { ecosystem, name: full, version: type === 'golang' ? version.replace(/^v(?=\d)/, '') : version };
}

function systemPackage(
  url: PackageUrl,
  [distribution, releaseOf]: readonly [string, (release: string) => string | undefined],
): ReturnType<typeof osvPackage> {
  const release = releaseOf(writtenRelease(url.qualifiers));
  if (release === undefined) return { missing: 'no-ecosystem', what: `${distribution} without a release` };
  if (url.version === '') return { missing: 'no-version', what: distribution };
  const ecosystem = release === '' ? distribution : `${distribution}:${release}`;
  const { name, version } = sourceOf(url);
  return { ecosystem, name, version: url.type === 'rpm' ? withEpoch(version, url.qualifiers.get('epoch')) : version };
}

/** `distro=debian-13` of syft, `os_version=13` of Docker Scout, `distro=trixie` of others. */
function writtenRelease(qualifiers: ReadonlyMap<string, string>): string {
  const distro = qualifiers.get('distro') ?? '';
  return (
    /^[a-z]+-(.+)$/.exec(distro)?.[1] ?? qualifiers.get('os_version') ?? (distro || (qualifiers.get('os_distro') ?? ''))
  );
}

/** OSV marks releases with long support, those of April in even years. */
function ubuntuRelease(release: string): string | undefined {
  const [found, year] = /^(\d+)\.\d+/.exec(release) ?? [];
  if (found === undefined) return undefined;
  return found.endsWith('.04') && Number(year) % 2 === 0 ? `${found}:LTS` : found;
}

function withEpoch(version: string, epoch: string | undefined): string {
  return epoch === undefined || epoch === '' || version.includes(':') ? version : `${epoch}:${version}`;
}

function prefixed(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${prefix}${text}`;
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
