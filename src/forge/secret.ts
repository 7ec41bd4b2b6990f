import { ForgeError } from './errors.ts';

/** Keeps a secret out of what comes back from outside. */
export interface Hiding {
  /** `text` with `***` in place of the secret: plain, percent-encoded, escaped as in JSON, or inside base64. */
  inText(text: string): string;
  /**
   * As `inText`, for a whole answer that is read afterwards. A secret of fewer than 16 characters stays: it may be a word of
   * the answer's format.
   */
  inAnswer(text: string): string;
  /** The same error, without the secret in the words from outside. Anything but a ForgeError is given back as it is. */
  inError(error: unknown): unknown;
}

/** Tokens of GitHub have 40 characters and more, those of GitLab 20 and more. */
const shortestToken = 16;
/** Less base64 than this fits too many words. */
const shortestBase64 = 8;
const mask = '***';
const unseen = /[\s\p{Cc}\p{Cf}]/gu;

/** Knows the forms in which a token comes back from a forge, a proxy or git. */
export function keepSecret(secret: string): Hiding {
  const parts = secret === '' ? [] : [secret, ...base64Parts(secret)].map(bare);
  // Few texts hold the secret, and the patterns take a while to be made.
  let patterns: readonly RegExp[] | undefined;
  const inText = (text: string): string => {
    const plain = bare(text);
    if (!parts.some((part) => plain.includes(part))) return text;
    patterns ??= patternsOf(secret);
    return patterns.reduce((left, pattern) => left.replace(pattern, mask), text);
  };
  const inOptional = (text: string | undefined): string | undefined => (text === undefined ? text : inText(text));
  return {
    inText,
    inAnswer: (text) => (secret.length < shortestToken ? text : inText(text)),
    inError(error) {
      if (!(error instanceof ForgeError)) return error;
      const { said, value, request, summary, hint } = error.details;
      const safe = {
        said: inOptional(said),
        value: inOptional(value),
        request: inText(request),
        summary: inText(summary),
        hint: inOptional(hint),
      };
      return new ForgeError({ ...error.details, ...safe }, error.cause instanceof TypeError ? error.cause : undefined);
    },
  };
}

function patternsOf(secret: string): RegExp[] {
  const known = ['x-access-token:', 'oauth2:', ''].map((user) => Buffer.from(`${user}${secret}`).toString('base64'));
  const encoded = [...known, ...base64Parts(secret)];
  return [
    ...encoded.map((text) => new RegExp(`${nearby}${anyForm(text)}${nearby}`, 'gu')),
    new RegExp(anyForm(secret), 'giu'),
  ];
}

/** A character at the edge of base64 holds bits of the secret, too. */
const nearby = '[\\w+/=-]{0,3}';

/**
 * What base64 of any text that holds the secret must contain, by where the secret begins in a group of three bytes: the
 * characters that hold only bits of the secret.
 */
function base64Parts(secret: string): string[] {
  return [0, 1, 2]
    .map((offset) => {
      const text = Buffer.from('\0'.repeat(offset) + secret).toString('base64');
      const bits = (offset + Buffer.byteLength(secret)) * 8;
      return text.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
    })
    .filter((text) => text.length >= shortestBase64);
}

/** A text as the patterns see it: decoded, without what may stand between characters, and in one case. */
function bare(text: string): string {
  return text
    .replace(/%(?:25)*([\da-f]{2})|\\+u00([\da-f]{2})/gi, (_, percent?: string, escaped?: string) =>
      String.fromCharCode(Number.parseInt(percent ?? escaped ?? '', 16)),
    )
    .replace(unseen, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .toLowerCase();
}

/** A pattern for a text whose characters may be percent-encoded, escaped, or have line breaks and unseen characters between. */
function anyForm(text: string): string {
  return [...text].map(anyFormOfOne).join(`${unseen.source}*`);
}

/** base64 for URLs has `-` and `_` for `+` and `/`. */
const forUrls: Readonly<Record<string, string>> = { '+': '-', '/': '_' };

function anyFormOfOne(character: string): string {
  const percent = [...Buffer.from(character)].map((byte) => `%(?:25)*${anyCase(hex(byte, 2))}`).join('');
  const escaped = `\\\\+u${anyCase(hex(character.codePointAt(0) ?? 0, 4))}`;
  const twin = forUrls[character];
  return `(?:${literal(character)}${twin === undefined ? '' : `|${literal(twin)}`}|${percent}|${escaped})`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function anyCase(digits: string): string {
  return digits.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
}
