import type { Access, Account, Allowed, CiSettings } from '../types.ts';
import { toAccount } from './mappers.ts';
import { collect, type GitLabSession } from './session.ts';

/** Developers and above may push and propose (GitLab's documentation, "Permissions and roles"). */
const developer = 30;

/** Whom the token belongs to. */
export function identify({ api, ask }: GitLabSession): Promise<Account> {
  return ask('GET /user', () => api.users.showCurrentUser(), toAccount);
}

/** What the project and the role of the token's account allow. A token's scopes show only when it writes. */
export function probe({ api, project, ask }: GitLabSession): Promise<Access> {
  return ask(
    'GET ',
    () => api.projects.show(project),
    (answer): Access => {
      const mayPush = answer.archived ? 'no' : roleAllows(answer.permissions);
      return {
        defaultBranch: answer.default_branch ?? '',
        isArchived: answer.archived,
        allowsProposals: answer.merge_requests_enabled,
        mayPush,
        mayPropose: mayPush,
        // GitLab has no right of its own for its CI files.
        mayPushWorkflows: mayPush,
      };
    },
  );
}

/** A project has no more (GitLab's documentation, "Instance limits": 8,000 variables). */
const mostVariables = 8_000;

/** The project's CI/CD variables, which only Maintainers see. Those of its groups, which it inherits, have lists of their own. */
export async function ciSettings({ api, project, ask }: GitLabSession): Promise<CiSettings> {
  const read = (page: { page: number; perPage: number }) => api.variables.all(project, { ...page, showExpanded: true });
  const { items } = await ask(
    'GET /variables',
    () => collect(read, mostVariables),
    (list) => ({ items: list.items.map(({ key }) => String(key)) }),
  );
  return { secrets: items, variables: items, isPartial: project.includes('/') };
}

interface Membership {
  readonly access_level: number;
}

function roleAllows(
  permissions: { readonly project_access?: Membership | null; readonly group_access?: Membership | null } | undefined,
): Allowed {
  if (permissions === undefined) return 'unknown';
  const levels = [permissions.project_access, permissions.group_access].map((access) => access?.access_level ?? 0);
  return Math.max(...levels) >= developer ? 'yes' : 'no';
}
