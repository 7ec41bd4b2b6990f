import { compare as comparePep440, valid as isPep440 } from '@renovatebot/pep440';
import semver from 'semver';

/** Less than, equal to, or greater than 0; `undefined` where one of them is not a version of the ecosystem. */
export type CompareVersions = (a: string, b: string) => number | undefined;

/** How the versions of an ecosystem (without its release) are compared; `undefined` where nothing here knows how. */
export function comparerOf(ecosystem: string): CompareVersions | undefined {
  return comparers.get(ecosystem);
}

const comparers: ReadonlyMap<string, CompareVersions> = new Map([
  ['Debian', compareDebian],
  ['Ubuntu', compareDebian],
  ['Alpine', compareAlpine],
  ['Wolfi', compareAlpine],
  ['Chainguard', compareAlpine],
  ['AlmaLinux', compareRpm],
  ['Rocky Linux', compareRpm],
  ['PyPI', (a, b) => (isPep440(a) && isPep440(b) ? comparePep440(a, b) : undefined)],
  ...(['npm', 'Go', 'crates.io', 'Hex', 'Pub'] as const).map((name) => [name, compareSemver] as const),
]);

/** SemVer 2.0.0, section 11. OSV writes `1.2` for `1.2.0` in some records. */
function compareSemver(a: string, b: string): number | undefined {
  const [one, other] = [a, b].map((text) =>
    semver.parse(
      text.replace(/^v/, '').replace(/^(\d+)(\.\d+)?(?![.\d])/, (_, major, minor = '.0') => `${major}${minor}.0`),
    ),
  );
  return one && other ? semver.compare(one, other) : undefined;
}

/** Debian Policy, 5.6.12; deb-version(7). */
function compareDebian(a: string, b: string): number | undefined {
  const [one, other] = [debianParts(a), debianParts(b)];
  if (one === undefined || other === undefined) return undefined;
  return (
    compareNumbers(one.epoch, other.epoch) ||
    compareDebianPart(one.upstream, other.upstream) ||
    compareDebianPart(one.revision, other.revision)
  );
}

interface DebianParts {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/** A revision that is absent is equal to `0`. */
function debianParts(text: string): DebianParts | undefined {
  const [, epoch = '0', upstream = '', revision = '0'] =
    /^(?:(\d+):)?([A-Za-z0-9.+~:-]+?)(?:-([A-Za-z0-9.+~]+))?$/.exec(text) ?? [];
  return /^\d/.test(upstream) || /^[A-Za-z]/.test(upstream) ? { epoch, upstream, revision } : undefined;
}

/** Non-digits and digits by turns. */
function compareDebianPart(a: string, b: string): number {
  const [one, other] = [partsOf(a, /\D+|\d+/g), partsOf(b, /\D+|\d+/g)];
  if (/^\d/.test(one[0] ?? '')) one.unshift('');
  if (/^\d/.test(other[0] ?? '')) other.unshift('');
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const [left = '', right = ''] = [one[at], other[at]];
    const order = at % 2 === 0 ? compareDebianWords(left, right) : compareNumbers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** `~` before the end, letters before other characters. */
function compareDebianWords(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = debianWeight(a[at]) - debianWeight(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function debianWeight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  return character.charCodeAt(0) + (/[A-Za-z]/.test(character) ? 0 : 256);
}

/** Digits of any length; none are 0. */
function compareNumbers(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => text.replace(/^0+/, '')) as [string, string];
  return one.length - other.length || compareTexts(one, other);
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function partsOf(text: string, part: RegExp): string[] {
  return [...text.matchAll(part)].map(([found]) => found);
}

const apkSuffixes = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const apkForm = /^(\d+(?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?$/;

/** apk-tools, doc/apk-package.5.scd, "pkgver". The hash of a commit is not compared. */
function compareAlpine(a: string, b: string): number | undefined {
  const [one, other] = [apkForm.exec(a), apkForm.exec(b)];
  if (one === null || other === null) return undefined;
  const [, numbers = '', letter = '', suffixes = '', revision = '0'] = one;
  const [, numbers2 = '', letter2 = '', suffixes2 = '', revision2 = '0'] = other;
  return (
    compareApkNumbers(numbers.split('.'), numbers2.split('.')) ||
    compareTexts(letter, letter2) ||
    compareApkSuffixes(suffixes, suffixes2) ||
    compareNumbers(revision, revision2)
  );
}

/** A part behind the first that begins with `0` is compared as the digits of a fraction. */
function compareApkNumbers(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const [left = '', right = ''] = [a[at], b[at]];
    const isFraction = at > 0 && (left.startsWith('0') || right.startsWith('0'));
    const order = isFraction ? compareTexts(left, right) : compareNumbers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareApkSuffixes(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => [...text.matchAll(/_([a-z]+)(\d*)/g)]) as [
    RegExpExecArray[],
    RegExpExecArray[],
  ];
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const [[, word = '', number = ''], [, word2 = '', number2 = '']] = [one[at] ?? [], other[at] ?? []];
    const order = apkSuffixes.indexOf(word) - apkSuffixes.indexOf(word2) || compareNumbers(number, number2);
    if (order !== 0) return order;
  }
  return 0;
}

/** `[EPOCH:]VERSION[-RELEASE]`; rpm-version(7), rpmvercmp. */
function compareRpm(a: string, b: string): number | undefined {
  const [one, other] = [a, b].map((text) => /^(?:(\d+):)?([\w.+~^]+)(?:-([\w.+~^]+))?$/.exec(text));
  if (!one || !other) return undefined;
  const release = one[3] === undefined || other[3] === undefined ? 0 : rpmvercmp(one[3], other[3]);
  return compareNumbers(one[1] ?? '0', other[1] ?? '0') || rpmvercmp(one[2] ?? '', other[2] ?? '') || release;
}

/** Runs of digits or letters by turns; `~` is before the end, `^` behind it and before all else. */
function rpmvercmp(a: string, b: string): number {
  const [one, other] = [partsOf(a, /\d+|[A-Za-z]+|[~^]/g), partsOf(b, /\d+|[A-Za-z]+|[~^]/g)];
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const [left = '', right = ''] = [one[at], other[at]];
    const order =
      rpmWeight(left) - rpmWeight(right) ||
      (/^\d/.test(left) ? compareNumbers(left, right) : compareTexts(left, right));
    if (order !== 0) return order;
  }
  return 0;
}

function rpmWeight(part: string): number {
  if (part === '~') return 0;
  if (part === '') return 1;
  if (part === '^') return 2;
  return /^[A-Za-z]/.test(part) ? 3 : 4;
}
