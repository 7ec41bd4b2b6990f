import type { Fault } from './findings.ts';
import { isNameCharacter, kindText, type NameKind } from './name-kind.ts';

/** A glob that holds more `*` or `{…}` than this could take long to find that it does not match. */
const mostWildcards = 6;

const regexHint = 'A regular expression stands between `/`: `/^3\\.1[0-9]-/`.';

/**
 * Why `text` is no glob, `undefined` when it is one: characters of names, `*`, `?`, `[a-c]`, `[!a-c]`, and `{a,b}`, which may
 * lie in one another. picomatch reads anything somehow; what can match nothing, or not what was meant, is told here.
 */
export function globFault(text: string, kind: NameKind): Fault | undefined {
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
    ...(hint === undefined ? {} : { hint }),
  };
}

function strangeHint(character: string, kind: NameKind, text: string): string | undefined {
  if (kind === 'image' && character === ':') return tagHint(text);
  if (kind === 'image' && character === '/') return `The name alone: \`${text.slice(text.lastIndexOf('/') + 1)}\`.`;
  if (kind === 'image' && /[A-Z]/.test(character)) return 'Image names are in lower case.';
  if (character === '!') return 'What is not wanted goes under `exclude`; `[!a]` is any character but `a`.';
  if (character === ',') return 'Several values are a list: `["a", "b"]`, or `{a,b}`.';
  if ('()|+^$\\'.includes(character)) return regexHint;
  return /[<>=~]/.test(character) ? 'A range of versions goes under `versions`.' : undefined;
}

function tagHint(text: string): string {
  const [image = '', tag = ''] = text.split(':');
  return `Tags have a field of their own: \`{image: ${image}, tags: ["${tag}"]}\`.`;
}
