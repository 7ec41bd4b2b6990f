import type { Access, Account, Allowed } from '../types.ts';
import type { GitHubSession } from './session.ts';

const viewerQuery = 'query { viewer { login } }';

/** The account of GITHUB_TOKEN, in every repository of github.com and GitHub Enterprise. */
const actionsAccount = 'github-actions[bot]';

/** Whom the token belongs to. By GraphQL, since `GET /user` is closed to the tokens of GitHub Apps. */
export function identify({ octokit, ask }: GitHubSession): Promise<Account> {
  return ask(
    'POST /graphql',
    () => octokit.graphql<{ viewer: { login: string } }>(viewerQuery),
    ({ viewer }) => ({ name: viewer.login, isBot: viewer.login.endsWith('[bot]') }),
  );
}

/** What the repository and the token allow, by two requests that write nothing. */
export async function probe(session: GitHubSession): Promise<Access> {
  const { octokit, at, ask, token } = session;
  const account = await identify(session);
  return ask(
    'GET ',
    () => octokit.rest.repos.get(at),
    ({ data, headers }): Access => {
      // A page of a proxy has none of the fields.
      if (typeof data.default_branch !== 'string') throw new TypeError('an answer without a default branch');
      const rights = rightsOf(token, account.name, scopesOf(headers['x-oauth-scopes']));
      const mayPush = data.archived || data.permissions?.push === false ? 'no' : rights.push;
      return {
        defaultBranch: data.default_branch,
        isArchived: data.archived,
        allowsProposals: true,
        mayPush,
        mayPropose: mayPush === 'no' ? 'no' : rights.propose,
        mayPushWorkflows: mayPush === 'no' ? 'no' : rights.workflows,
      };
    },
  );
}

interface Rights {
  readonly push: Allowed;
  readonly propose: Allowed;
  readonly workflows: Allowed;
}

/** A classic token says its scopes. Of others GitHub tells nothing, but GITHUB_TOKEN never changes workflows. */
function rightsOf(token: string, account: string, scopes: ReadonlySet<string> | undefined): Rights {
  const isScoped = scopes !== undefined && !/^(?:ghs_|ghu_|github_pat_)/.test(token);
  if (isScoped) {
    const repository = scopes.has('repo') || scopes.has('public_repo') ? 'yes' : 'no';
    return { push: repository, propose: repository, workflows: scopes.has('workflow') ? repository : 'no' };
  }
  return { push: 'unknown', propose: 'unknown', workflows: account === actionsAccount ? 'no' : 'unknown' };
}

/** `X-OAuth-Scopes`, which only answers to classic and OAuth tokens carry; it may be empty. */
function scopesOf(header: string | number | undefined): ReadonlySet<string> | undefined {
  return header === undefined ? undefined : new Set(String(header).split(/\s*,\s*/));
}
