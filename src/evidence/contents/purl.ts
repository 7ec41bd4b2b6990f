/**
 * A package URL in its parts, decoded (purl-spec, "How to parse a purl string"). Each is upstream's text: only its form is
 * checked, since no library that does more takes the versions that scanners of images write (`pkg:golang/x@(devel)`).
 */
export interface PackageUrl {
  /** In lower case. */
  readonly type: string;
  /** Empty where it has none. */
  readonly namespace: string;
  readonly name: string;
  /** Empty where it has none. */
  readonly version: string;
  readonly qualifiers: ReadonlyMap<string, string>;
}

/** A longer package URL is not a real one. */
const longest = 2_048;
const form = /^pkg:\/*([a-z][a-z0-9.+-]*)\/+([^?#]+)(?:\?([^#]*))?(?:#.*)?$/i;

/** Reads a package URL; `undefined` where it is not valid, or longer than 2,048 characters. */
export function parsePurl(text: string): PackageUrl | undefined {
  const [, type = '', path = '', query = ''] = (text.length <= longest && form.exec(text)) || [];
  if (type === '') return undefined;
  // An `@` before the last `/` is that of a scope which is not encoded.
  const versionAt = path.lastIndexOf('@') > Math.max(path.lastIndexOf('/'), 0) ? path.lastIndexOf('@') : path.length;
  const parts = path
    .slice(0, versionAt)
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const version = decoded(path.slice(versionAt + 1));
  const pairs = query.split('&').map((pair) => pair.split('=', 2).map(decoded));
  const name = parts.at(-1);
  if ([...parts, version, ...pairs.flat()].includes(undefined) || name === undefined) return undefined;
  const lower = type.toLowerCase();
  return {
    type: lower,
    namespace: parts.slice(0, -1).join('/'),
    // The one rule for names that matters for comparing (PEP 503; purl-spec, types/pypi).
    name: lower === 'pypi' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name,
    version: version ?? '',
    qualifiers: new Map(pairs.map(([key = '', value = '']) => [key.toLowerCase(), value])),
  };
}

/** A package URL without version and qualifiers: equal for equal packages, however they are encoded. */
export function purlKey({ type, namespace, name }: PackageUrl): string {
  const parts = [...namespace.split('/').filter((part) => part !== ''), name];
  return `pkg:${[type, ...parts.map(encodeURIComponent)].join('/')}`;
}

/** What a package is built from. */
export interface PackageSource {
  readonly name: string;
  readonly version: string;
}

/**
 * The source package of a distribution's package: the qualifier `upstream` (purl-spec, types/deb), which has a version where that
 * is another. Elsewhere a package is its own source; of rpm, `upstream` is the name of a file.
 */
export function sourceOf({ type, name, version, qualifiers }: PackageUrl): PackageSource {
  const written = type === 'deb' || type === 'apk' ? (qualifiers.get('upstream') ?? '') : '';
  const [source = '', sourceVersion = ''] = written.split('@');
  return { name: source || name, version: sourceVersion || version };
}

/** `undefined` for what is not encoded rightly, or has half a character. */
function decoded(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text) || /\p{Cs}/u.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // Bytes that are not UTF-8.
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}
