import { expect, test } from 'vitest';
import { changesOf } from '../../src/changes/changes.ts';
import { changesJson } from '../../src/changes/json.ts';
import { changesText } from '../../src/changes/text.ts';
import { locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';

test('JSON has what the text says of tags that are no longer pending, and of what is not known', () => {
  const before = lockfile(lockedImage('golang', locked('a', '1.26.6 1.26'), pending('1.27.0 1.27')));
  const after = lockfile(lockedImage('golang', locked('b', '1.26.6 1.26')));
  const changes = changesOf({ before, after, isOffline: true });
  const text = changesText(changes);
  expect(text).toContain('`golang`: 2 tags no longer pending');
  const { notKnown = [], ...json } = changesJson(changes);
  expect(json.other).toEqual([{ image: 'golang', moved: [], added: [], removed: [], withdrawn: ['1.27.0', '1.27'] }]);
  expect(notKnown).toHaveLength(1);
  for (const line of notKnown) expect(text).toContain(line);
  expect(changesJson(changesOf({ before, after: before }))).not.toHaveProperty('notKnown');
});
