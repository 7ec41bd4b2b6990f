import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { plainProgress } from '../../src/cli/progress.ts';
import { endText, progressCount, rateText, standingText } from '../../src/cli/progress-count.ts';
import { terminalProgress } from '../../src/cli/terminal-progress.ts';
import { bytesText } from '../../src/core/bytes.ts';

const MB = 1_000_000;

/** A clock that stands still until it is told to go on, and then does what is due. */
function fakeClock() {
  let time = 1_000_000;
  const timers = new Set<{ readonly ms: number; next: number; readonly call: () => void }>();
  return {
    now: () => time,
    every(ms: number, call: () => void) {
      const timer = { ms, next: time + ms, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    pass(ms: number) {
      const end = time + ms;
      for (;;) {
        const [due] = [...timers].filter(({ next }) => next <= end).sort((one, other) => one.next - other.next);
        if (due === undefined) break;
        time = due.next;
        due.next += due.ms;
        due.call();
      }
      time = end;
    },
  };
}

describe('progress in words', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [9_949, '9.9 kB'],
    [12_345, '12 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [312 * MB, '312 MB'],
    [1_234 * MB, '1.2 GB'],
    [2.5e12, '2.5 TB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
    expect(rateText(bytes)).toBe(`${text}/s`);
  });

  it('says of work under way only what is known', () => {
    const none = { done: 0, failed: 0, bytes: 0, expected: 0 };
    expect(standingText('Applying', none)).toBe('Applying 0');
    const all = {
      done: 11,
      failed: 1,
      total: 40,
      bytes: 312 * MB,
      expected: 1_200 * MB,
      rate: 45 * MB,
      leftMs: 19_700,
    };
    expect(standingText('Applying', all)).toBe('Applying 12/40, 1 failed, 312 MB of 1.2 GB, 45 MB/s, 20 s left');
  });

  it('says of work that has ended what was done, what failed, and what moved in what time', () => {
    const standing = { done: 2, failed: 1, bytes: 312 * MB, expected: 312 * MB };
    expect(endText('Applying', standing, 7_900)).toBe('Applying: 2 done, 1 failed, 312 MB in 8 s');
    expect(endText('Looking', { done: 8, failed: 0, bytes: 0, expected: 0 }, 7_900)).toBe('Looking: 8 done');
  });
});

describe('counting progress', () => {
  it('takes the rate over the last seconds, and what is left from what is known', () => {
    const clock = fakeClock();
    const count = progressCount('Applying', 1, clock.now);
    count.expect(1_000 * MB);
    for (let second = 0; second < 20; second += 1) {
      count.moved(10 * MB);
      clock.pass(1_000);
    }
    expect(count.standing()).toMatchObject({ bytes: 200 * MB, expected: 1_000 * MB });
    expect(count.standing().rate).toBeCloseTo(10 * MB, -5);
    for (let second = 0; second < 12; second += 1) {
      count.moved(40 * MB);
      clock.pass(1_000);
    }
    const { rate = 0, leftMs = 0, bytes } = count.standing();
    expect(rate).toBeGreaterThan(35 * MB);
    expect(leftMs).toBeCloseTo(((1_000 * MB - bytes) / rate) * 1_000, -2);
  });

  it('tells neither a rate nor a time where nothing moved yet', () => {
    const clock = fakeClock();
    const count = progressCount('Applying', 2, clock.now);
    count.expect(MB);
    clock.pass(5_000);
    expect(count.line()).toBe('Applying 0/2, 0 B of 1.0 MB');
  });

  it('does not promise an end by the bytes of the first of many groups', () => {
    const clock = fakeClock();
    const count = progressCount('Applying', 100, clock.now);
    count.expect(10 * MB);
    clock.pass(5_000);
    count.moved(10 * MB);
    clock.pass(5_000);
    count.step(1, false);
    expect(count.standing().leftMs).toBe(990_000);
  });
});

describe('progress in a log', () => {
  function begin(total: number | undefined) {
    const clock = fakeClock();
    const lines: string[] = [];
    const { progress, stop } = plainProgress((line) => lines.push(line), clock);
    const task = progress.start('Applying', total);
    return { clock, lines, task, stop };
  }

  it('is a line when work begins, each 10 %, and when it ends', () => {
    const { clock, lines, task } = begin(40);
    for (let step = 1; step <= 40; step += 1) {
      clock.pass(2_000);
      task.advance(1, `debian:${step}`);
    }
    task.end();
    expect(lines).toEqual([
      'Applying (40) …',
      ...[4, 8, 12, 16, 20, 24, 28, 32, 36].map((n) => `Applying ${n}/40, ${(40 - n) * 2} s left: debian:${n}`),
      'Applying: 40 done',
    ]);
  });

  it('is a line each 30 s where it takes long, with bytes, rate and what is worked on, also where nothing comes', () => {
    const { clock, lines, task } = begin(2);
    task.advance(0, 'debian:12');
    task.expect(1_200 * MB);
    for (let second = 0; second < 31; second += 1) {
      task.moved(10 * MB);
      clock.pass(1_000);
    }
    clock.pass(60_000);
    expect(lines[1]).toMatch(/^Applying 0\/2, 3\d\d MB of 1\.2 GB, \d+(\.\d)? MB\/s, \d+ s left: debian:12$/);
    expect(lines).toHaveLength(4);
  });

  it('is hardly more than its beginning and end where all is done at once', () => {
    const { lines, task } = begin(40);
    for (let step = 1; step <= 40; step += 1) task.advance(1);
    task.end();
    expect(lines).toEqual(['Applying (40) …', 'Applying: 40 done']);
  });

  it('counts what failed as failed', () => {
    const { clock, lines, task } = begin(3);
    task.advance(2, 'debian:12');
    task.moved(312 * MB);
    clock.pass(7_900);
    task.advance(1, 'debian:13', { failed: true });
    task.end();
    expect(lines.at(-1)).toBe('Applying: 2 done, 1 failed, 312 MB in 8 s');
  });

  it('says nothing more once it is stopped', () => {
    const { clock, lines, task, stop } = begin(3);
    task.advance(0);
    stop();
    clock.pass(300_000);
    expect(lines).toEqual(['Applying (3) …']);
  });
});

describe('progress on a terminal', () => {
  it('shows steps, failures, bytes, rate, what is left and what is worked on', async () => {
    const clock = fakeClock();
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 160, rows: 20 });
    let shown = '';
    stream.on('data', (chunk) => {
      shown += stripVTControlCharacters(String(chunk));
    });
    const seen = (pattern: RegExp) => vi.waitFor(() => expect(shown).toMatch(pattern), { timeout: 10_000 });
    const { progress, stop } = terminalProgress(stream as unknown as NodeJS.WriteStream, clock.now);
    const task = progress.start('Applying', 3);
    await seen(/Applying/);
    task.advance(0, 'debian:12');
    task.expect(100 * MB);
    task.moved(20 * MB);
    clock.pass(4_000);
    task.advance(1, 'debian:12', { failed: true });
    await seen(/Applying 1\/3, 1 failed, 20 MB of 100 MB, 5\.0 MB\/s, 16 s left[\s\S]*debian:12/);
    task.end();
    await seen(/Applying: 0 done, 1 failed, 20 MB in 4 s/);
    stop();
  });
});
