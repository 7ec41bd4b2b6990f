import { createHash, type Hash } from 'node:crypto';
import type { ImageName } from '../../core/names.ts';
import { type Problem, problemError, UserError } from '../../core/problem.ts';
import { rateWatch, tooSlow } from '../../http/least-rate.ts';
import { TransportError } from '../../http/transport-error.ts';
import type { BlobBody, BlobContent, BlobRef } from '../../registry/types.ts';
import { recordingFailure, type UpstreamRegistry } from './upstream-registries.ts';

/** The code of the problem of bytes that are not the blob's. */
export const wrongBytesCode = 'apply/blob-digest-mismatch';

/** How often a blob whose body breaks off is gone on with. */
const mostRounds = 10;

/**
 * A blob from the first place that has it. A body that breaks off is gone on with where it ended, there or at the next
 * place. The last part is held back until all of it has the digest that was asked for: of wrong bytes the last never comes.
 * They are put to the account of whoever sent them; where none of them was passed on yet, the next place is asked.
 *
 * @param places in the order in which they are asked
 * @param onBytes told how many bytes have been passed on
 */
export function blobContent(
  image: ImageName,
  blob: BlobRef,
  places: () => readonly UpstreamRegistry[],
  onBytes: (count: number) => void = () => {},
): BlobContent {
  return async function* (signal) {
    let reason: Problem = notThere(image, blob);
    let part = received(blob);
    let isPassedOn = false;
    const givers = new Set<UpstreamRegistry>();
    for (let round = 0; round < mostRounds; round += 1) {
      const before = part.count();
      for (const place of places()) {
        const body = await recordingFailure(place, () => open(place, image, blob, part.count()));
        if (body === undefined) continue;
        if (part.count() === 0) givers.clear();
        givers.add(place);
        const brokeOff: { reason?: string } = {};
        for await (const chunk of bytesOf(body, part.count() - body.offset, place, signal, brokeOff)) {
          const ready = part.take(chunk);
          if (ready === 'too-many') break;
          if (ready === undefined) continue;
          isPassedOn = true;
          onBytes(ready.byteLength);
          yield ready;
        }
        // One that broke off behind its last byte is whole.
        if (brokeOff.reason !== undefined && part.count() < blob.size) {
          reason = brokenOff(place, brokeOff.reason);
          continue;
        }
        const last = part.last();
        if (last !== undefined) {
          place.worked();
          onBytes(last.byteLength);
          yield last;
          return;
        }
        reason = wrongBytes(place, image, blob);
        const [only, another] = givers;
        if (another === undefined) only?.sentWrongBytes(reason);
        if (isPassedOn) throw new UserError([reason]);
        part = received(blob);
      }
      if (part.count() === before && round > 0) break;
    }
    throw new UserError([reason]);
  };
}

/** What has come of a blob so far, in order; the last part is held back. */
function received({ digest, size }: BlobRef) {
  const hash: Hash = createHash('sha256');
  let count = 0;
  let held: Uint8Array | undefined;
  return {
    count: () => count,
    /** Takes the next bytes; gives those that may be passed on, or that they are more than the blob has. */
    take(chunk: Uint8Array): Uint8Array | 'too-many' | undefined {
      count += chunk.byteLength;
      if (count > size) return 'too-many';
      hash.update(chunk);
      const ready = held;
      held = chunk;
      return ready;
    },
    /** The part that was held back, where all of them are the blob. */
    last(): Uint8Array | undefined {
      if (count !== size || `sha256:${hash.digest('hex')}` !== digest) return undefined;
      return held ?? new Uint8Array();
    },
  };
}

/** Opens a body that begins, or can be made to begin, at a byte. */
async function open(
  place: UpstreamRegistry,
  image: ImageName,
  { digest }: BlobRef,
  from: number,
): Promise<BlobBody | undefined> {
  const body = await place.client.openBlob(place.repository(image), digest, from);
  if (body === undefined || body.offset === from || body.offset === 0) return body;
  discard(body);
  throw problemError('apply/bad-range', `${place.name} answered with another part of a blob than was asked for.`);
}

/** The bytes of a body without the first `skip`; where it breaks off, or comes too slowly, it ends and `brokeOff` says why. */
async function* bytesOf(
  body: BlobBody,
  skip: number,
  place: UpstreamRegistry,
  signal: AbortSignal,
  brokeOff: { reason?: string },
): AsyncGenerator<Uint8Array> {
  const { stream } = body;
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let rest = skip;
  const watch = rateWatch();
  const chunks = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const asked = performance.now();
      const next = await nextChunk(chunks, signal);
      const waited = performance.now() - asked;
      if ('reason' in next) brokeOff.reason = next.reason;
      if ('reason' in next || next.chunk === undefined) return;
      place.gaveBytes(next.chunk.byteLength);
      if (watch(next.chunk.byteLength, waited) === 'too-slow') brokeOff.reason = tooSlow;
      if (brokeOff.reason !== undefined) return;
      const chunk = next.chunk.subarray(Math.min(rest, next.chunk.byteLength));
      rest -= next.chunk.byteLength - chunk.byteLength;
      if (chunk.byteLength > 0) yield chunk;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    discard(body);
  }
}

async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal,
): Promise<{ readonly chunk: Uint8Array | undefined } | { readonly reason: string }> {
  try {
    const { done, value } = await chunks.next();
    return { chunk: done ? undefined : value };
  } catch (error) {
    signal.throwIfAborted();
    return { reason: TransportError.from(error).reason };
  }
}

/** Ends a body that is not read to its end; undici reports that as an error, and here it is not one. */
function discard({ stream }: BlobBody): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

function brokenOff(place: UpstreamRegistry, value: string): Problem {
  const message = `A blob broke off on its way from ${place.name}.`;
  const hint = 'Run again: it continues.';
  const problem: Problem = { code: 'apply/blob-broken-off', severity: 'error', message, value, hint };
  place.failed(problem);
  return problem;
}

function wrongBytes({ name }: UpstreamRegistry, image: ImageName, { digest }: BlobRef): Problem {
  const message = `${name} sent other bytes for a blob of ${image} than its digest says.`;
  return { code: wrongBytesCode, severity: 'error', message, value: digest };
}

function notThere(image: ImageName, { digest }: BlobRef): Problem {
  const message = `The source does not have a blob that a manifest of ${image} names.`;
  return { code: 'apply/blob-not-found', severity: 'error', message, value: digest };
}
