import { TransportError } from './transport-error.ts';

/** A body that is too large to be held: `size` bytes, read anew each time that the request is sent. */
export interface StreamedBody {
  readonly size: number;
  /** Begins to read; what it reads from is let go when `signal` aborts. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** How long whoever receives a body may take, in milliseconds. */
export interface ReceiverLimits {
  /** To take the next bytes; in so long it also has to take {@link leastRate}. */
  readonly stallMs: number;
  /** To answer when it has all of them: registries put a large blob in its place, and read it again. */
  readonly commitMs: number;
}

/** Bytes a second; the slowest line that anybody mirrors over is faster. */
const leastRate = 1_024;
const checksPerStall = 8;

/** One sending of a body. */
export interface SentBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Why the body could not be read to its end; not why it could not be sent. */
  failure(): unknown;
  /** Ends the reading and the watch, however the sending ended. */
  end(): void;
}

/**
 * Passes a body on, and calls `abort` where the receiver takes too little of it. The time in which the body itself is
 * waited for does not count: that is for whoever gives it.
 */
export function sentBody(body: StreamedBody, limits: ReceiverLimits, abort: (reason: Error) => void): SentBody {
  const reading = new AbortController();
  let failure: unknown;
  let state: 'reading' | 'receiver' | 'sent' = 'reading';
  let [since, waited, taken] = [performance.now(), 0, 0];
  const enter = (next: typeof state): void => {
    const now = performance.now();
    if (state === 'receiver') waited += now - since;
    state = next;
    since = now;
  };
  const check = (): void => {
    const now = performance.now();
    const inState = now - since;
    if (state === 'sent' && inState > limits.commitMs)
      abort(late(`no answer ${seconds(limits.commitMs)} after the body`));
    if (state !== 'receiver' || waited + inState < limits.stallMs) return;
    if (inState >= limits.stallMs || taken < (leastRate * limits.stallMs) / 1_000) {
      abort(late(`less than ${leastRate} bytes a second were taken in ${seconds(limits.stallMs)}`));
      return;
    }
    [waited, taken, since] = [0, 0, now];
  };
  const timer = setInterval(check, Math.max(1, Math.ceil(limits.stallMs / checksPerStall)));
  timer.unref();

  async function* pass(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body.open(reading.signal)) {
        enter('receiver');
        yield chunk;
        enter('reading');
        taken += chunk.byteLength;
      }
      enter('sent');
    } catch (error) {
      failure = error;
      throw error;
    }
  }

  return {
    bytes: pass(),
    failure: () => failure,
    end() {
      clearInterval(timer);
      reading.abort();
    },
  };
}

function late(reason: string): TransportError {
  return new TransportError('timeout', reason);
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`;
}
