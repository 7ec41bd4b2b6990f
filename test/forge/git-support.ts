import { join } from 'node:path';
import type { PushRemote } from '../../src/forge/git/remote.ts';
import type { Git } from '../../src/forge/git/run.ts';
import { gitSyncIn, plainEnv } from '../support/git.ts';
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

export async function gitScene(options: Parameters<typeof scene>[0] = {}): Promise<GitScene> {
  const all = await scene(options);
  const temporary = temporaryDirectory().path;
  const directory = join(temporary, 'checkout');
  gitSyncIn(temporary)('clone', '--quiet', all.repository.git.folder, directory);
  const run = gitSyncIn(directory);
  const base = run('rev-parse', 'HEAD');
  const git = { directory, env: plainEnv };
  return { ...all, git, remote: { url: all.repository.url, token: botToken }, base, temporary, run };
}
