import { Transform, type TransformCallback } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** Breaks off after a part (0 to 1) of the bytes. */
export function cutAfter(length: number, part: number): Transform {
  let left = Math.floor(length * part);
  return transform((chunk, done) => {
    const passed = chunk.subarray(0, left);
    left -= passed.length;
    if (passed.length < chunk.length) done(new Error('The body is cut here.'), passed);
    else done(null, passed);
  });
}

/** Turns over one bit of the byte that stands at a part (0 to 1) of the body. */
export function wrongByteAt(length: number, part: number): Transform {
  let toGo = Math.floor(length * part);
  return transform((chunk, done) => {
    const changed = Buffer.from(chunk);
    const byte = changed[toGo];
    if (toGo >= 0 && byte !== undefined) changed[toGo] = byte ^ 1;
    toGo -= chunk.length;
    done(null, changed);
  });
}

/** Lets the bytes through in so many pieces, with a wait (ms) after each. */
export function slowly(length: number, pieces: number, wait: number): Transform {
  const size = Math.max(1, Math.ceil(length / pieces));
  return new Transform({
    transform(chunk: Buffer, _, done: TransformCallback) {
      const push = async () => {
        for (let start = 0; start < chunk.length; start += size) {
          this.push(chunk.subarray(start, start + size));
          await setTimeout(wait);
        }
      };
      push().then(() => done(), done);
    },
  });
}

function transform(change: (chunk: Buffer, done: TransformCallback) => void): Transform {
  return new Transform({ transform: (chunk: Buffer, _, done) => change(chunk, done) });
}
