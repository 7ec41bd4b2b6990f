import { parsePattern } from '../../config/patterns.ts';
import { versionRangeFault } from '../../config/rules.ts';

/** POSIX classes of Go's regular expressions that names of tags can need. */
const posixClasses: Readonly<Record<string, string>> = {
  '[:alnum:]': 'A-Za-z0-9',
  '[:alpha:]': 'A-Za-z',
  '[:digit:]': '0-9',
  '[:lower:]': 'a-z',
  '[:upper:]': 'A-Z',
  '[:word:]': '\\w',
  '[:xdigit:]': '0-9A-Fa-f',
};

/** Only what a tag may hold, a dot also where it is escaped. */
const literalPattern = /^(?:[A-Za-z0-9_-]|\\?\.|\\-)+$/;
/** What Go reads and JavaScript reads in another way, or not at all. */
const foreignSyntax = /\\[QECapP]|\\x\{|\[\[:|\(\?[a-zA-Z-]*[imsU-]/;

/**
 * A regular expression of Go (RE2) as a value of `tags`: a tag itself where it says no more, else `/…/`. `undefined` where
 * JavaScript does not read it so.
 *
 * @param isWhole whether it matches whole tags, as if it stood between `^` and `$`
 */
export function tagsFromRegex(expression: string, isWhole: boolean): string | undefined {
  const anchored = /^\^(.*)\$$/s.exec(expression)?.[1] ?? (isWhole ? expression : undefined);
  if (anchored !== undefined && literalPattern.test(anchored)) return anchored.replaceAll('\\', '');
  const isCaseless = expression.startsWith('(?i)');
  const body = expression
    .replace(/^\(\?i\)/, '')
    .replaceAll('(?P<', '(?<')
    .replace(/\[:\w+:\]/g, (name) => posixClasses[name] ?? `[${name}`)
    .replace(/(?<!\\)((?:\\\\)*)\\A/g, '$1^')
    .replace(/(?<!\\)((?:\\\\)*)\\z/g, '$1$');
  if (body === '' || foreignSyntax.test(body)) return undefined;
  const isBounded = /^\^[^|]*[^\\]\$$/.test(body);
  const text = `/${isWhole && !isBounded ? `^(?:${body})$` : body}/${isCaseless ? 'i' : ''}`;
  return 'matches' in parsePattern(text, 'tag') ? text : undefined;
}

/** A glob or a tag as a value of `tags`; `undefined` where it is neither here. */
export function tagsFromGlob(glob: string): string | undefined {
  return 'matches' in parsePattern(glob, 'tag') && !glob.startsWith('/') ? glob : undefined;
}

/** A range of Go's semver libraries as one of `versions`; `undefined` where it cannot be said so. */
export function versionsFromRange(range: string): string | undefined {
  const text = range.replaceAll(',', ' ').replace(/\s+/g, ' ').trim();
  return text === '' || versionRangeFault(text) !== undefined ? undefined : text;
}

/** Those libraries take only tags that are a version and no more. */
export const onlyVersions = '/^v?\\d+(\\.\\d+)*$/';
