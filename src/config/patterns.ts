import picomatch from 'picomatch';
import { defined } from '../core/defined.ts';
import type { Place } from '../core/problem.ts';
import type { Fault } from '../yaml/findings.ts';
import { regexPattern } from './regex.ts';
import type { Pattern } from './types.ts';

/**
 * Reads a pattern for names: `/…/` is a regular expression, any other a glob. Or says why it is not valid. `place` is for errors
 * when it matches.
 */
export function parsePattern(text: string, nameKind: NameKind, place?: Place): Pattern | Fault {
  const isExpression = isRegex(text);
  const compiled = isExpression ? compileRegex(text) : compileGlob(text, nameKind);
  if (!(compiled instanceof RegExp)) return compiled;
  if (isExpression) return regexPattern(text, compiled, place);
  return { kind: 'glob', text, matches: (value) => compiled.test(value) };
}

/** Compiles a glob, which matches whole names, to a regular expression; or says why it is not valid. */
function compileGlob(text: string, kind: NameKind): RegExp | Fault {
  const fault = globFault(text, kind);
  if (fault !== undefined) return fault;
  // picomatch takes `[!a]` for `!` or `a`, where shells and people mean any but `a`.
  return picomatch.makeRe(text.replaceAll('[!', '[^'), {
    // It matches paths, and takes a dot before `*` for that of a hidden file, or of `..`: not so, where `*` is any text.
    bash: true,
    fastpaths: false,
    dot: true,
    nonegate: true,
    noextglob: true,
    windows: false,
  });
}

/** A glob that holds more `*` or `{…}` than this could take long to find that it does not match. */
const mostWildcards = 6;

const regexHint = 'A regular expression stands between `/`: `/^3\\.1[0-9]-/`.';

/**
 * Why `text` is no glob, `undefined` when it is one: characters of names, `*`, `?`, `[a-c]`, `[!a-c]`, and `{a,b}`, which may
 * lie in one another. picomatch reads anything somehow; what can match nothing, or not what was meant, is reported here.
 */
function globFault(text: string, kind: NameKind): Fault | undefined {
  const braces: Brace[] = [];
  for (const token of text.match(/\[[^\]]*\]|\.\.|./gsu) ?? []) {
    const fault =
      token.length > 1 && token.startsWith('[') ? classFault(token, kind, text) : tokenFault(token, braces, kind, text);
    if (fault !== undefined) return fault;
  }
  return braces.length > 0 ? broken('`{` has no `}`.', text) : wildcardFault(text);
}

interface Brace {
  hasComma: boolean;
}

/** Checks what stands outside of brackets. `braces` are those that are open. */
function tokenFault(token: string, braces: Brace[], kind: NameKind, text: string): Fault | undefined {
  const brace = braces.at(-1);
  if (token === '[') return broken('`[` has no `]`.', text);
  if (token === '{') braces.push({ hasComma: false });
  else if (token === '}') return closeBrace(braces, text);
  else if (token === ',' && brace !== undefined) brace.hasComma = true;
  else if (token === '..' && brace !== undefined) return broken('`{1..3}` is not read: write `{1,2,3}`.', text);
  else if (!/^(?:[*?]|\.\.)$/.test(token) && !isNameCharacter(token, kind)) return strange(token, kind, text);
  return undefined;
}

function closeBrace(braces: Brace[], text: string): Fault | undefined {
  const brace = braces.pop();
  if (brace === undefined) return broken('`}` has no `{`.', text);
  return brace.hasComma ? undefined : broken('`{…}` holds alternatives with `,` between them.', text);
}

/** Checks `[…]`. */
function classFault(token: string, kind: NameKind, text: string): Fault | undefined {
  const members = token.slice(1, -1).replace(/^[!^]/, '');
  if (members === '') return broken('`[…]` holds at least one character.', text);
  const odd = [...members].find((character) => !isNameCharacter(character, kind));
  if (odd !== undefined) return strange(odd, kind, text);
  const backwards = [...members.matchAll(/(.)-(.)/g)].find(([, from = '', to = '']) => from > to);
  return backwards === undefined ? undefined : broken(`The range \`${backwards[0]}\` goes backwards.`, text);
}

function wildcardFault(text: string): Fault | undefined {
  const most = Math.max(text.split('*').length, text.split('{').length) - 1;
  return most > mostWildcards
    ? broken(`A glob holds at most ${mostWildcards} \`*\` and ${mostWildcards} \`{…}\`.`, text)
    : undefined;
}

function broken(message: string, value: string): Fault {
  return { code: 'glob', message, value };
}

function strange(character: string, kind: NameKind, text: string): Fault {
  const hint = strangeHint(character, kind, text);
  return {
    code: 'glob',
    message: `\`${character}\` stands in no glob for ${kindText(kind)}.`,
    value: text,
    ...defined({ hint }),
  };
}

function strangeHint(character: string, kind: NameKind, text: string): string | undefined {
  if (kind === 'image' && character === ':') return tagHint(text);
  if (kind === 'image' && character === '/') return `Only the name: \`${text.slice(text.lastIndexOf('/') + 1)}\`.`;
  if (kind === 'image' && /[A-Z]/.test(character)) return 'Image names are in lower case.';
  if (character === '!') return 'Put unwanted names under `exclude`; `[!a]` is any character but `a`.';
  if (character === ',') return 'Several values are a list: `["a", "b"]`, or `{a,b}`.';
  if ('()|+^$\\'.includes(character)) return regexHint;
  return /[<>=~]/.test(character) ? 'A range of versions goes under `versions`.' : undefined;
}

function tagHint(text: string): string {
  const [image = '', tag = ''] = text.split(':');
  return `Tags have a field of their own: \`{image: ${image}, tags: ["${tag}"]}\`.`;
}

/** Whether a pattern is meant as a regular expression: it begins with `/`, which no name does. */
function isRegex(text: string): boolean {
  return text.startsWith('/');
}

/** Compiles `/…/` or `/…/i`, which may match anywhere in a name; or says why it is not a regular expression. */
function compileRegex(text: string): RegExp | Fault {
  const end = text.lastIndexOf('/');
  const [body, flags] = [text.slice(1, end), text.slice(end + 1)];
  if (end === 0) return bad('It begins with `/` and ends with `/` or `/i`.', text);
  if (body === '') return bad('There is something between the `/`.', text);
  if (flags !== '' && flags !== 'i') return bad('The one flag is `i`, to ignore case.', text);
  const reason = newFault(body) ?? compileFault(body, flags);
  if (reason === undefined) return new RegExp(body, flags);
  const hint = /\(\?[a-z-]+[:)]/.test(body) ? flagHint(body) : undefined;
  return { ...bad(reason, text), ...defined({ hint }) };
}

function compileFault(body: string, flags: string): string | undefined {
  try {
    new RegExp(body, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `${error.message.slice(error.message.lastIndexOf(': ') + 2)}.`;
  }
  return undefined;
}

/**
 * What Node 20 does not take and Node 24 does (ECMAScript 2025): flags inside of an expression, and two groups of one name. A
 * configuration must not be right on one machine and wrong on another.
 */
function newFault(body: string): string | undefined {
  const names = new Set<string>();
  for (const [, flags, name] of body.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?([a-z]*-?[a-z]*):|\(\?<([^=!>][^>]*)>/gs)) {
    if (flags) return 'Invalid group.';
    if (name !== undefined && names.has(name)) return 'Duplicate capture group name.';
    if (name !== undefined) names.add(name);
  }
  return undefined;
}

/** For flags inside of an expression, as Perl, Python and Go write them. */
function flagHint(body: string): string {
  const rest = body.replace(/^\(\?i\)/, '');
  if (rest !== body && !/\(\?[a-z]/.test(rest)) return `Flags stand behind the last \`/\`: \`/${rest}/i\`.`;
  return 'The one flag is `i`, behind the last `/`, for the whole expression: `/…/i`.';
}

function bad(reason: string, value: string): Fault {
  return { code: 'regex', message: `Not a valid regular expression. ${reason}`, value };
}

/** What a pattern is for: the name of an image, or a tag. */
export type NameKind = 'image' | 'tag';

const characters: Readonly<Record<NameKind, RegExp>> = {
  image: /^[a-z0-9._-]$/,
  tag: /^[A-Za-z0-9._-]$/,
};

/** Whether `character` may stand in a name of this kind (distribution, reference/regexp.go). */
function isNameCharacter(character: string, kind: NameKind): boolean {
  return characters[kind].test(character);
}

/** `an image name`, `a tag`. */
function kindText(kind: NameKind): string {
  return kind === 'image' ? 'an image name' : 'a tag';
}
