import type { Pace } from '../../src/forge/connection.ts';
import { type OpenOptions, openForge } from '../../src/forge/open.ts';
import { readForgeSettings } from '../../src/forge/settings.ts';
import type { Forge } from '../../src/forge/types.ts';
import { onCleanUp } from '../support/cleanup.ts';
import { type GitHubStandIn, type NewRepository, type NewToken, startGitHub } from '../support/github/github.ts';
import type { StandInRepository } from '../support/github/people.ts';

/** Without the distance between writes; a second of waiting is a millisecond. */
export const fastPace: Pace = { isSpaced: false, longestWaitSeconds: 0, retries: 2, secondMs: 1 };

export const appRights = {
  contents: 'write',
  pull_requests: 'write',
  issues: 'write',
  checks: 'write',
  statuses: 'write',
} as const;

/** A token that looks as GitHub's do. */
export const botToken = 'ghs_0123456789abcdefABCDEF0123456789abcd';

export interface Scene {
  readonly github: GitHubStandIn;
  readonly repository: StandInRepository;
  readonly forge: Forge;
  open(token?: string, options?: Partial<OpenOptions>): Forge;
}

/** A repository `acme/mirror` with one commit, and an App of GitHub that works in it. */
export async function scene(options: { repository?: NewRepository; token?: Partial<NewToken> } = {}): Promise<Scene> {
  const github = await startGitHub();
  const repository = await github.addRepository('acme/mirror', options.repository);
  await repository.commit('acme', 'main', { 'README.md': '# A mirror\n' }, 'Begin');
  github.addToken(botToken, { login: 'mirrorlock[bot]', kind: 'app', permissions: appRights, ...options.token });
  const open: Scene['open'] = (token = botToken, more = {}) => openOn(github, repository.fullName, token, more);
  return { github, repository, forge: open(), open };
}

function openOn(github: GitHubStandIn, name: string, token: string, more: Partial<OpenOptions> = {}): Forge {
  const env = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_REPOSITORY: name,
    GITHUB_TOKEN: token,
  };
  const forge = openForge(readForgeSettings({ env }), { env, homeDirectory: '/nowhere', pace: fastPace, ...more });
  onCleanUp(() => forge.close());
  return forge;
}
