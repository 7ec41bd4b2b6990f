import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchSilence } from '../../../src/apply/skopeo/silence.ts';

/** Work that goes on until its signal aborts, and throws the reason then. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a copy of which nothing is heard', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is ended, but not while there is something to hear', async () => {
    const watch = watchSilence(1_000);
    let ended = false;
    const work = watch.over(new AbortController().signal, untilAborted).finally(() => {
      ended = true;
    });
    for (let second = 0; second < 20; second += 1) {
      await vi.advanceTimersByTimeAsync(900);
      watch.heard();
    }
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await work).toBe('silent');
  });

  test('ends with its own error, or at an interrupt, as if nobody had listened', async () => {
    const watch = watchSilence(1_000);
    const own = new Error('own');
    await expect(watch.over(new AbortController().signal, () => Promise.reject(own))).rejects.toBe(own);
    const interrupt = new AbortController();
    const work = watch.over(interrupt.signal, untilAborted);
    const reason = new Error('interrupted');
    interrupt.abort(reason);
    await expect(work).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
