import { join } from 'node:path';
import { expect } from 'vitest';
import type { CliResult } from './cli.ts';
import { gitIn } from './git.ts';
import { type GitHubStandIn, type NewToken, startGitHub } from './github/github.ts';
import type { StandInRepository } from './github/people.ts';
import { mirrorlock } from './mirror.ts';
import type { World } from './world.ts';

/** A token that looks as GitHub's do. */
export const token = 'ghs_0123456789abcdefABCDEF0123456789abcd';

/** What a workflow of `update` is allowed. */
export const botRights = { contents: 'write', pull_requests: 'write', issues: 'write' } as const;

/** A world whose mirror repository is `acme/mirror` at a GitHub, and is changed by people in its work tree. */
export interface ForgeWorld {
  readonly world: World;
  readonly github: GitHubStandIn;
  readonly repository: StandInRepository;
  /** What a workflow has in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** git in the mirror's work tree, as a person. */
  git(...args: string[]): Promise<string>;
  /** Commits all of the work tree, and pushes it; gives the commit. */
  commit(message: string): Promise<string>;
  /** Runs the built command as a workflow does, and expects an exit code. */
  run(args: readonly string[], code?: number, env?: Record<string, string>): Promise<CliResult>;
  /** As `run`, and reads what `--json` prints. */
  json(args: readonly string[], code?: number): Promise<Record<string, unknown>>;
}

/** Puts the mirror repository of a world on a GitHub, with a token that has these permissions. */
export async function onGitHub(world: World, permissions: NewToken['permissions'] = {}): Promise<ForgeWorld> {
  const github = await startGitHub();
  const repository = await github.addRepository('acme/mirror');
  github.addToken(token, { login: 'github-actions[bot]', kind: 'actions', permissions });
  const environment = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_REPOSITORY: 'acme/mirror',
    GITHUB_TOKEN: token,
  };
  const git = gitIn(world.mirror);
  await git('remote', 'add', 'origin', repository.url);
  const run: ForgeWorld['run'] = async (args, code = 0, env = {}) => {
    const result = await mirrorlock(world, args, { ...environment, ...env });
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(code);
    return result;
  };
  return {
    world,
    github,
    repository,
    environment: { MIRRORLOCK_CACHE: join(world.home, 'cache'), ...environment },
    git,
    run,
    async commit(message) {
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', `--message=${message}`);
      await git('push', '--quiet', repository.git.folder, 'HEAD:main');
      return git('rev-parse', 'HEAD');
    },
    json: async (args, code) => JSON.parse((await run([...args, '--json'], code)).stdout),
  };
}
