import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GitFailure, GitStopped } from '../../src/git/failure.ts';
import { type GitProcess, runGitProcess } from '../../src/git/run.ts';
import { gitIn } from '../support/git.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const { path: directory } = temporaryDirectory();

/** Runs git, or a script that stands for it. */
function run(own: Partial<GitProcess>) {
  const env = { PATH: process.env['PATH'] ?? '', ...own.env };
  return runGitProcess({ directory, args: ['--version'], silenceMs: 60_000, ...own, env });
}

/** A folder for the PATH in which git is this script of sh. */
function gitThat(script: string): Record<string, string> {
  const { path } = temporaryDirectory();
  writeFileSync(join(path, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${path}:${process.env['PATH']}` };
}

describe('git as a process', () => {
  test('gives the exit code and both streams, as they are', async () => {
    const env = gitThat("printf '\\357\\273\\277out\\377\\n'; printf 'err\\n' >&2; exit 7");
    expect(await run({ env })).toEqual({ exitCode: 7, stdout: '\ufeffout\ufffd\n', stderr: 'err\n' });
  });

  test('gives its input to git, of any length', async () => {
    await gitIn(directory)('init', '--quiet');
    const input = 'ö'.repeat(400_000);
    const { stdout } = await run({ args: ['hash-object', '-w', '--stdin'], input });
    const { stdout: read } = await run({ args: ['cat-file', 'blob', stdout.trim()] });
    expect(read === input).toBe(true);
  });

  test('is no error where git ends before it has read its input', async () => {
    const env = gitThat('exec 0<&-; exit 3');
    expect(await run({ env, input: 'x'.repeat(4_000_000) })).toMatchObject({ exitCode: 3 });
  });

  test.each([
    ['that is not there', { env: { PATH: '/nonexistent' } }, /spawn git ENOENT/],
    ['whose folder is not there', { directory: '/nonexistent' }, /ENOENT/],
    ['that a signal ends', { env: gitThat('kill -9 $$') }, /SIGKILL/],
    ['that a signal ends, with what it said', { env: gitThat('echo why >&2; kill -9 $$') }, /^why\n$/],
    ['whose arguments are too long', { args: ['x'.repeat(4_000_000)] }, /E2BIG/],
    ['that says too much', { env: gitThat('exec yes 0123456789012345678901234567890123456789') }, /too much/],
  ])('fails for a git %s', async (_, own: Partial<GitProcess>, words) => {
    const failure = await run(own).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GitFailure);
    expect(failure).toMatchObject({ exitCode: undefined, stderr: expect.stringMatching(words) });
  });

  test('fails with input for a git that is not there', async () => {
    await expect(run({ env: { PATH: '/nonexistent' }, input: 'x' })).rejects.toBeInstanceOf(GitFailure);
  });

  test('ends git, and what it started, where it is silent or told to stop', async () => {
    const env = gitThat('echo begun >&2; sleep 600 & wait');
    await expect(run({ env, silenceMs: 50 })).rejects.toMatchObject({ reason: 'silent' });
    const stop = new AbortController();
    const running = run({ env, signal: stop.signal, onStderr: () => stop.abort(new Error('enough')) });
    const stopped = await running.catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(GitStopped);
    expect(stopped).toMatchObject({ reason: 'aborted', cause: stop.signal.reason });
    await expect(run({ signal: stop.signal })).rejects.toMatchObject({ reason: 'aborted' });
  });
});
