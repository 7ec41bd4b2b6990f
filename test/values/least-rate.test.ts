import { describe, expect, test } from 'vitest';
import { steadily } from '../../src/http/least-rate.ts';

/** Bodies of parts that each come so many seconds after they are asked for, and take the reader so many. */
async function read(parts: number, bytes: number, comesAfter: number, isReadFor = 0) {
  let time = 0;
  async function* body() {
    for (let part = 0; part < parts; part += 1) {
      time += comesAfter * 1_000;
      yield new Uint8Array(bytes);
    }
  }
  let count = 0;
  for await (const chunk of steadily(body(), () => time)) {
    count += chunk.byteLength;
    time += isReadFor * 1_000;
  }
  return count;
}

describe('D4: a body that comes too slowly', () => {
  test('a byte in three seconds is given up', async () => {
    await expect(read(1_000, 1, 3)).rejects.toMatchObject({ kind: 'timeout', reason: expect.stringContaining('1024') });
  });

  test('what comes at the least rate, or is read slowly, is read to its end', async () => {
    expect(await read(100, 3 * 1_024, 3)).toBe(100 * 3 * 1_024);
    expect(await read(100, 1, 0.001, 60)).toBe(100);
  });
});
