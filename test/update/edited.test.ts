import { describe, expect, it } from 'vitest';
import { decideEdited, type EditedSituation, editedTable } from '../../src/update/edited-table.ts';

const stale: EditedSituation = {
  ...{ state: 'open', isOwn: false, isFork: false, readsElsewhere: false, isCurrent: false, maySettle: true },
};

const rows: Readonly<Record<string, readonly [EditedSituation, 'nothing' | 'push' | 'tell']>> = {
  'the pull request is not open': [{ ...stale, state: 'merged' }, 'nothing'],
  "the pull request is the bot's own": [{ ...stale, isOwn: true }, 'nothing'],
  'a fork that reads from elsewhere': [{ ...stale, isFork: true, readsElsewhere: true }, 'tell'],
  'the pull request is current': [{ ...stale, isCurrent: true }, 'nothing'],
  'a fork that is out of date': [{ ...stale, isFork: true }, 'tell'],
  'a branch of which only workflow files are out of date': [{ ...stale, maySettle: false }, 'tell'],
  'a branch that is out of date': [stale, 'push'],
};

describe('the table for pull requests of people', () => {
  it('has a test for each row', () => {
    expect(Object.keys(rows)).toEqual(editedTable.map(({ row }) => row));
  });

  it.each(Object.entries(rows))('%s', (row, [situation, act]) => {
    expect(decideEdited(situation)).toMatchObject({ row, act });
  });

  it('never pushes to a fork', () => {
    for (const readsElsewhere of [true, false])
      for (const isCurrent of [true, false])
        expect(decideEdited({ ...stale, isFork: true, readsElsewhere, isCurrent }).act).not.toBe('push');
  });
});
