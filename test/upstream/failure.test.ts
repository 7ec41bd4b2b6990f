import { describe, expect, test } from 'vitest';
import { GitFailure, gitWords } from '../../src/git/failure.ts';
import { remoteError } from '../../src/upstream/git/failure.ts';

const remote = { url: 'https://example.com/up.git', shown: 'https://example.com/up.git' };

function problemOf(stderr: string) {
  const error = remoteError(new GitFailure(128, stderr), remote);
  return { ...error.problems[0], exitCode: error.exitCode };
}

describe('what git says is told by a code', () => {
  test.each([
    ["fatal: unable to access 'https://example.com/': Could not resolve host: example.com", 'upstream/unreachable', 1],
    ["fatal: unable to access 'https://bundle.example/': Failed to connect to x port 1", 'upstream/unreachable', 1],
    ['error: RPC failed; curl 18 transfer closed\nfatal: early EOF', 'upstream/unreachable', 1],
    [
      'ssh: connect to host x port 22: Connection refused\r\nfatal: Could not read from remote repository.',
      'upstream/unreachable',
      1,
    ],
    ['', 'upstream/unreachable', 1],
    [
      "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
      'upstream/authentication',
      1,
    ],
    ["fatal: Authentication failed for 'https://github.com/x/'", 'upstream/authentication', 1],
    [
      'git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'upstream/authentication',
      1,
    ],
    [
      "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.",
      'upstream/not-a-repository',
      2,
    ],
    ["fatal: repository 'https://example.com/x/' not found", 'upstream/not-a-repository', 2],
    ["fatal: detected dubious ownership in repository at '/x'", 'upstream/foreign-repository', 2],
    [
      'remote: fatal: could not fetch abc from promisor remote\nfatal: protocol error: bad pack header',
      'upstream/incomplete',
      1,
    ],
    ['fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output', 'upstream/cache', 1],
    ['Error: spawn git ENOENT\n    at x', 'upstream/git-missing', 2],
    ["error: unknown option `no-write-fetch-head'\nusage: git fetch", 'upstream/git-too-old', 2],
  ])('%s', (stderr, code, exitCode) => {
    expect(problemOf(stderr)).toMatchObject({ code, exitCode, severity: 'error' });
  });

  test('the value is the address and the line that tells most', () => {
    const problem = problemOf('From https://example.com\nfatal: write error: No space left on device\nfatal: x');
    expect(problem.value).toBe('https://example.com/up.git: write error: No space left on device');
  });

  test('credentials and control characters of the message are not shown', () => {
    const problem = problemOf("fatal: unable to access 'https://bot:secret@example.com/\u001b[2J'");
    expect(problem.value).not.toContain('secret');
    expect(problem.value).not.toContain('\u001b');
    expect(new GitFailure(1, 'https://bot:secret@example.com').message).not.toContain('secret');
  });
});

test.each([
  ['error: Server does not allow request for unadvertised object 1234', true],
  ['fatal: remote error: upload-pack: not our ref 1234', true],
  ["fatal: couldn't find remote ref 1234", true],
  ['fatal: early EOF', false],
])('an object that is not given is told apart: %s', (stderr, expected) => {
  expect(gitWords.refusedObject.test(stderr)).toBe(expected);
});
