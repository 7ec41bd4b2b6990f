import type { ImageName } from '../../core/names.ts';
import { type Problem, problemError } from '../../core/problem.ts';
import { TransportError } from '../../registry/http/transport-error.ts';
import type { BlobBody } from '../../registry/types.ts';
import { attempt } from '../attempt.ts';
import type { Delivery } from './delivery.ts';
import type { PlaceInUse } from './place.ts';
import { orBlame, type Sources } from './sources.ts';

/** How often a blob whose body breaks off is gone on with. */
const mostRounds = 10;

/** What came of sending a blob: all of it went, skopeo went away, or why it could not be given. */
export type Sent = 'whole' | 'gone' | Problem;

/**
 * Sends a blob from the first place that has it. A body that breaks off is gone on with where it ended, there or at the
 * next place. Wrong bytes are put to the account of whoever sent them; where skopeo has had none of them yet, the next
 * place is asked, else the answer has to be broken off, and skopeo asks again.
 */
export async function sendBlob(image: ImageName, to: Delivery, places: Sources['places']): Promise<Sent> {
  let reason: Problem = notThere(image, to.blob.digest);
  const givers = new Set<PlaceInUse>();
  for (let round = 0; round < mostRounds; round += 1) {
    const before = to.received();
    for (const place of places()) {
      const body = await attempt(() => orBlame(place, () => open(place, image, to)));
      if (to.isGone()) return gone(body.ok ? body.value : undefined);
      // Only the source's own failures come here, and it has tried again by itself.
      if (!body.ok) return body.problem;
      if (body.value === undefined) continue;
      if (to.received() === 0) givers.clear();
      givers.add(place);
      const failure = await pour(body.value, to, place);
      if (to.isGone()) return 'gone';
      if (failure === undefined && to.finish()) {
        place.worked();
        return 'whole';
      }
      reason = failure ?? otherBytes(place, image, to.blob.digest);
      if (failure !== undefined) continue;
      const [only, another] = givers;
      if (another === undefined) only?.lied(reason);
      if (!to.restart()) return reason;
    }
    if (to.received() === before && round > 0) break;
  }
  return reason;
}

/** Opens a body that begins, or can be made to begin, where the delivery is. */
async function open(place: PlaceInUse, image: ImageName, to: Delivery): Promise<BlobBody | undefined> {
  const body = await place.client.openBlob(place.repository(image), to.blob.digest, to.received());
  if (body === undefined || body.offset === to.received() || body.offset === 0) return body;
  discard(body);
  throw problemError('apply/bad-range', `${place.name} answered with another part of a blob than was asked for.`);
}

/** Passes a body on to its end; gives why it broke off, where it did. Bytes that came before from elsewhere are passed over. */
async function pour(body: BlobBody, to: Delivery, place: PlaceInUse): Promise<Problem | undefined> {
  const { offset, stream } = body;
  let skip = to.received() - offset;
  const keep = to.onGone(() => stream.destroy());
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      place.gaveBytes(chunk.byteLength);
      const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
      skip -= chunk.byteLength - rest.byteLength;
      if (rest.byteLength > 0 && !(await to.take(rest))) return undefined;
    }
    return undefined;
  } catch (error) {
    if (to.isGone()) return undefined;
    return brokenOff(place, TransportError.from(error).reason);
  } finally {
    keep();
    discard(body);
  }
}

/** Ends a body that is not read to its end; undici tells that as an error, which here is none. */
function discard({ stream }: BlobBody): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

function gone(body: BlobBody | undefined): Sent {
  if (body !== undefined) discard(body);
  return 'gone';
}

function brokenOff(place: PlaceInUse, value: string): Problem {
  const message = `A blob broke off on its way from ${place.name}.`;
  const hint = 'Run again; what was copied stays.';
  const problem: Problem = { code: 'apply/blob-broken-off', severity: 'error', message, value, hint };
  place.failed(problem);
  return problem;
}

function otherBytes({ name }: PlaceInUse, image: ImageName, digest: string): Problem {
  const message = `${name} sent other bytes for a blob of ${image} than its digest says.`;
  return { code: 'apply/blob-digest-mismatch', severity: 'error', message, value: digest };
}

function notThere(image: ImageName, digest: string): Problem {
  const message = `The source does not have a blob that a manifest of ${image} names.`;
  return { code: 'apply/blob-not-found', severity: 'error', message, value: digest };
}
