import { beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { readOptions } from '../../src/simulate/options.ts';
import { gitIn } from '../support/git.ts';
import { problemOf } from '../support/open-upstream.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { historyOf, request, smallHistory } from './support.ts';

function codesOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe('options', () => {
  test.each([
    ['since', 'yesterday', 'simulate/bad-date'],
    ['since', '2026-02-30', 'simulate/bad-date'],
    ['since', '2026-1-1', 'simulate/bad-date'],
    ['until', '2026-13-01', 'simulate/bad-date'],
    ['until', '2025-12-31', 'simulate/empty-range'],
    ['every', '7h', 'simulate/bad-interval'],
    ['every', '1m', 'simulate/bad-interval'],
    ['every', '0h', 'simulate/bad-interval'],
    ['every', '99d', 'simulate/bad-interval'],
    ['limit', '0', 'simulate/bad-limit'],
    ['limit', 'all', 'simulate/bad-limit'],
    ['rebuildModel', 'magic', 'simulate/bad-rebuild-model'],
    ['rebuildModel', 'bases,share=1', 'simulate/bad-rebuild-model'],
    ['rebuildModel', 'none,seed=2', 'simulate/bad-rebuild-model'],
  ])('%s %s is refused as %s', (name, value, code) => {
    expect(codesOf(() => readOptions(request({ [name]: value })))).toEqual([code]);
  });

  test('all that is wrong is told at once', () => {
    expect(codesOf(() => readOptions({ since: 'x', every: 'x', limit: 'x', rebuildModel: 'x' }))).toHaveLength(4);
  });

  test('a range of one day is a day long, and models have their defaults', () => {
    const read = readOptions(request({ until: '2026-01-01', limit: 'none', rebuildModel: 'bases' }));
    expect(read).toEqual({
      since: Date.UTC(2026, 0, 1) / 1000,
      until: Date.UTC(2026, 0, 2) / 1000,
      every: 21_600,
      rebuilds: { kind: 'bases', share: 0.73, seed: 1 },
    });
  });
});

describe('ranges of a history', () => {
  let upstream: string;

  beforeAll(async () => {
    upstream = await smallHistory();
  });

  test('one that begins before history is refused, and when history begins is said', async () => {
    const problem = await problemOf(historyOf(upstream, request({ since: '2025-12-31' })));
    expect(problem).toMatchObject({
      code: 'upstream/before-history',
      hint: 'The first commit is of 2026-01-01T00:00:00Z.',
    });
  });

  test('one that holds no commit is refused, and the nearest are named', async () => {
    const problem = await problemOf(historyOf(upstream, request({ since: '2026-02-01' })));
    expect(problem).toMatchObject({ code: 'upstream/no-commits' });
    expect(problem.hint).toContain('2026-01-02T12:00:00Z');
  });

  test('one that begins inside history begins with what was there then', async () => {
    const history = await historyOf(upstream, request({ since: '2026-01-02' }));
    expect(history.commits.map(({ time }) => new Date(time * 1000).toISOString().slice(0, 13))).toEqual([
      '2026-01-01T18',
      '2026-01-02T00',
      '2026-01-02T06',
      '2026-01-02T12',
    ]);
    expect(history.commits[0]?.changes).toHaveLength(8);
  });

  test('a shallow clone that begins too late is refused by name; one that does not is read', async () => {
    const clone = temporaryDirectory().path;
    await gitIn('.')('clone', '--quiet', '--bare', '--depth=4', `file://${upstream}`, clone);
    const problem = await problemOf(historyOf(clone, request()));
    expect(problem).toMatchObject({ code: 'upstream/shallow-history' });
    expect(problem.hint).toContain('git fetch --unshallow');
    const late = await historyOf(clone, request({ since: '2026-01-02' }));
    expect(late.commits).toHaveLength(4);
  });
});
