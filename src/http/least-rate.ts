import { TransportError } from './transport-error.ts';

/** Bytes a second, over so many milliseconds of waiting; the slowest line that anybody mirrors over is faster. */
const leastRate = 1_024;
const rateWindowMs = 60_000;

/** Why a body is given up that comes too slowly. */
export const tooSlow = `fewer than ${leastRate} bytes a second came`;

/** Notes bytes and how long each was waited for; says when they come too slowly. What the reader itself takes does not count. */
export function rateWatch(): (bytes: number, waitedMs: number) => 'too-slow' | undefined {
  let [waited, came] = [0, 0];
  return (bytes, waitedMs) => {
    waited += waitedMs;
    came += bytes;
    if (waited < rateWindowMs) return undefined;
    const isTooSlow = came < (leastRate * waited) / 1_000;
    [waited, came] = [0, 0];
    return isTooSlow ? 'too-slow' : undefined;
  };
}

/** The bytes of a body, as long as they come at the least rate. @throws TransportError `timeout` where they do not */
export async function* steadily(
  body: AsyncIterable<Uint8Array>,
  now: () => number = () => performance.now(),
): AsyncGenerator<Uint8Array> {
  const watch = rateWatch();
  let asked = now();
  for await (const chunk of body) {
    if (watch(chunk.byteLength, now() - asked) === 'too-slow') throw new TransportError('timeout', tooSlow);
    yield chunk;
    asked = now();
  }
}
