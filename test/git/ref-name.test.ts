import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { isBranchName, isRefName } from '../../src/git/ref-name.ts';

const good = ['main', 'v1.0', 'feature/x', 'refs/heads/main', 'a@b', '@@', 'a{', 'ä', 'a.lockx', 'a-', '#1', "it's"];
const bad = [
  ...[
    '',
    '@',
    'a b',
    'a..b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'a@{b',
    '/a',
    'a/',
    'a//b',
    'a.',
    '.a',
    'a/.b',
  ],
  ...['a.lock', 'a.lock/b', '-a', 'a\u0001', 'a\u007f', 'a\tb', 'a\n'],
];

describe('the names of refs', () => {
  test.each(good)('%j is one, as git says', (name) => {
    expect(isRefName(name)).toBe(true);
    expect(git(name)).toBe(true);
  });

  test.each(bad)('%j is not, as git says', (name) => {
    expect(isRefName(name)).toBe(false);
    expect(git(name)).toBe(false);
  });

  test('HEAD is a ref, and not a branch', () => {
    expect(isRefName('HEAD')).toBe(true);
    expect(isBranchName('HEAD')).toBe(false);
    expect(git('HEAD')).toBe(true);
    expect(isBranchName('mirrorlock/update')).toBe(true);
  });
});

function git(name: string): boolean {
  return spawnSync('git', ['check-ref-format', '--allow-onelevel', name]).status === 0;
}
