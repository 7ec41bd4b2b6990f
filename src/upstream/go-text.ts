import { isUtf8 } from 'node:buffer';

/**
 * What Go's `unicode.IsSpace` calls space: the property White_Space. JavaScript's `\s` differs, as it holds U+FEFF and
 * not U+0085.
 */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return [0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(code);
}

/** The characters that bashbrew strips around the items of a list. */
function isListSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function trimmedStart(text: string, drops: (code: number) => boolean): number {
  let start = 0;
  while (start < text.length && drops(text.charCodeAt(start))) start++;
  return start;
}

function trimmedEnd(text: string, drops: (code: number) => boolean, start = 0): number {
  let end = text.length;
  while (end > start && drops(text.charCodeAt(end - 1))) end--;
  return end;
}

/** `text` without space at its start, as Go's `strings.TrimLeftFunc(text, unicode.IsSpace)` gives it. */
export function trimStart(text: string): string {
  return text.slice(trimmedStart(text, isSpace));
}

/** `text` without space at its end, as Go's `strings.TrimRightFunc(text, unicode.IsSpace)` gives it. */
export function trimEnd(text: string): string {
  return text.slice(0, trimmedEnd(text, isSpace));
}

/** `text` without space at both ends, as Go's `strings.TrimSpace` gives it. */
export function trim(text: string): string {
  const start = trimmedStart(text, isSpace);
  return text.slice(start, trimmedEnd(text, isSpace, start));
}

/** `text` without blanks, tabs and line ends at both ends, as Go's `strings.Trim(text, "\n\r\t ")` gives it. */
export function trimListItem(text: string): string {
  const start = trimmedStart(text, isListSpace);
  return text.slice(start, trimmedEnd(text, isListSpace, start));
}

/** The shortest path that means the same, as Go's `path.Clean` gives it: `./a//b/../c/` is `a/c`, and nothing is `.`. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push(part);
  }
  const joined = parts.join('/');
  if (rooted) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

const validSequence =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/**
 * Decodes UTF-8 without loss: a byte that belongs to no character becomes a lone surrogate, U+DC00 and the byte, so that two
 * texts are equal exactly when their bytes are, as in Go. A byte order mark is kept.
 */
export function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes
    .toString('latin1')
    .replace(validSequence, (sequence) =>
      sequence.length === 1
        ? String.fromCharCode(0xdc00 + sequence.charCodeAt(0))
        : Buffer.from(sequence, 'latin1').toString('utf8'),
    );
}
