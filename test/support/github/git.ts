import { fileURLToPath } from 'node:url';
import type { GitAccess, GitDecision } from '../git-http.ts';
import { covers, permissionsOf } from './rights.ts';
import type { RepositoryState, Token, TokenKind, World } from './state.ts';

const hook = fileURLToPath(new URL('hooks/proc-receive.mjs', import.meta.url));

/** How GitHub refuses a changed workflow, by the kind of token; as in the logs of public workflow runs. */
const workflowRules: Readonly<Record<TokenKind, string>> = {
  actions: 'refusing to allow a GitHub App to create or update workflow PATH without `workflows` permission',
  app: 'refusing to allow a GitHub App to create or update workflow PATH without `workflows` permission',
  'fine-grained':
    'refusing to allow a Personal Access Token to create or update workflow PATH without `workflow` scope',
  classic: 'refusing to allow a Personal Access Token to create or update workflow PATH without `workflow` scope',
};

/** Lets GitHub's rules decide over every push to a repository. */
export async function guardPushes({ git }: RepositoryState): Promise<void> {
  await git.run('config', 'receive.procReceiveRefs', 'refs');
  git.setHook('proc-receive', `#!/bin/sh\nexec '${process.execPath}' '${hook}'\n`);
}

/** What GitHub says to a request of git: a token is the password, and any name goes with it. */
export function authorizeGit({ repository: path, isPush, authorization }: GitAccess, world: World): GitDecision {
  const fullName = path.replace(/\.git$/, '');
  const repository = world.repositories.find((one) => one.fullName.toLowerCase() === fullName.toLowerCase());
  const token = tokenOf(authorization, world);
  if (token === undefined && (authorization !== undefined || isPush || repository?.settings.isPrivate)) {
    return {
      status: 401,
      message: 'Invalid username or token. Password authentication is not supported for Git operations.',
    };
  }
  const isVisible = repository && (!repository.settings.isPrivate || (token && covers(token, repository)));
  if (!repository || !isVisible) return { status: 404, message: 'Repository not found.' };
  return isPush && token !== undefined ? decideOverPush(repository, token) : {};
}

function decideOverPush(repository: RepositoryState, token: Token): GitDecision {
  const rights = permissionsOf(token);
  if (!covers(token, repository) || rights['contents'] !== 'write') {
    return { status: 403, message: `Permission to ${repository.fullName}.git denied to ${token.user.login}.` };
  }
  if (repository.settings.isArchived) {
    return { status: 403, message: 'This repository was archived so it is read-only.' };
  }
  const mayChangeWorkflows = token.kind !== 'actions' && rights['workflows'] === 'write';
  return {
    user: token.user.login,
    env: {
      GITHUB_STAND_IN_WORKFLOWS: mayChangeWorkflows ? '' : workflowRules[token.kind],
      GITHUB_STAND_IN_SIGNED: repository.settings.requiresSignatures ? 'yes' : '',
      GITHUB_STAND_IN_COMMITTER: repository.settings.committerEmailEnd,
      GITHUB_STAND_IN_PROTECTED: repository.settings.protectedBranches.join('\n'),
    },
  };
}

function tokenOf(authorization: string | undefined, world: World): Token | undefined {
  const [, basic = ''] = /^basic (.+)$/i.exec(authorization ?? '') ?? [];
  const text = Buffer.from(basic, 'base64').toString();
  return world.tokens.get(text.slice(text.indexOf(':') + 1));
}
