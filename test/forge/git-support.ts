import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { PushRemote } from '../../src/forge/git/remote.ts';
import type { Git } from '../../src/forge/git/run.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { botToken, type Scene, scene } from './support.ts';

export interface GitScene extends Scene {
  /** A clone of `acme/mirror`, as a checkout in CI is one. */
  readonly git: Git;
  readonly remote: PushRemote;
  /** The tip of `main`. */
  readonly base: string;
  readonly temporary: string;
  /** Runs git in the clone, as a person does. */
  run(...args: string[]): string;
}

export const bot = { name: 'mirrorlock', email: 'mirrorlock@example.com' };
export const date = new Date('2026-08-21T12:00:00Z');

const alone = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

export async function gitScene(options: Parameters<typeof scene>[0] = {}): Promise<GitScene> {
  const all = await scene(options);
  const temporary = temporaryDirectory().path;
  const directory = join(temporary, 'checkout');
  execFileSync('git', ['clone', '--quiet', all.repository.git.folder, directory], { env: alone });
  const run = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: directory,
      env: alone,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const base = run('rev-parse', 'HEAD');
  const git = { directory, env: alone };
  return { ...all, git, remote: { url: all.repository.url, token: botToken }, base, temporary, run };
}
