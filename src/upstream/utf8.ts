import { isUtf8 } from 'node:buffer';

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
