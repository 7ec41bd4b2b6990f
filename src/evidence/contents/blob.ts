import { bytesText } from '../../core/bytes.ts';
import { digestOf } from '../../core/digest-of.ts';
import { ExitCode } from '../../core/exit-code.ts';
import type { ImageName } from '../../core/names.ts';
import { UserError } from '../../core/problem.ts';
import type { BlobRef } from '../../registry/types.ts';
import type { ContentsPlace } from './ports.ts';

/**
 * Reads a blob into memory: at most `most` bytes, whatever its descriptor says of its size.
 *
 * @throws UserError `evidence/too-large`, `evidence/wrong-bytes`, and what the place throws
 */
export async function readBlob(
  place: Pick<ContentsPlace, 'blob'>,
  image: ImageName,
  blob: BlobRef,
  most: number,
): Promise<Uint8Array> {
  if (blob.size > most) throw tooLarge(image, blob.size, most);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of place.blob(image, blob)) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge(image, size, most);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) === blob.digest) return bytes;
  const message = `A blob of ${image} has other bytes than its digest says.`;
  throw failed('evidence/wrong-bytes', message, blob.digest);
}

function tooLarge(image: ImageName, size: number, most: number): UserError {
  return failed(
    'evidence/too-large',
    `A blob of ${image} is larger than the ${bytesText(most)} that are read.`,
    bytesText(size),
  );
}

function failed(code: string, message: string, value: string): UserError {
  return new UserError([{ code, severity: 'error', message, value }], { exitCode: ExitCode.failed });
}
