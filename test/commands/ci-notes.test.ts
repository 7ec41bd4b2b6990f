import { expect, test } from 'vitest';
import { ciNotes } from '../../src/commands/check.ts';
import { configWith } from '../support/ci-configs.ts';

test('check tells what GITHUB_TOKEN cannot do, and nothing where a GitHub App or another CI is named', () => {
  const notes = ciNotes(configWith('{provider: github}')).join(' ');
  expect(notes).toMatch(/approval.*\.github\/workflows\/.*Allow GitHub Actions to create and approve pull requests/);
  expect(ciNotes(configWith('{provider: github, app: {clientId: A, privateKey: B}}'))).toEqual([]);
  expect(ciNotes(configWith('{provider: gitlab}'))).toEqual([]);
  expect(ciNotes({})).toEqual([]);
});
