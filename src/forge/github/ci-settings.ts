import { isForgeError } from '../errors.ts';
import type { CiSettings } from '../types.ts';
import type { GitHubSession } from './session.ts';

/** GitHub allows 100 secrets in a repository, 1,000 in an organization, and 500 variables (its documentation of secrets and variables). */
const mostPages = 10;

/** The answer of a list: `secrets` or `variables`, and how many there are in all. */
interface Listed {
  readonly total_count: number;
  readonly secrets?: readonly { readonly name: string }[];
  readonly variables?: readonly { readonly name: string }[];
}

/** Reads the names of Actions secrets and variables of the repository, of its organization and of an environment. */
export async function ciSettings(session: GitHubSession, environment: string | undefined): Promise<CiSettings> {
  const { octokit, at } = session;
  const { actions } = octokit.rest;
  type Page = { readonly per_page: number; readonly page: number };
  const inEnvironment = environment === undefined ? undefined : { ...at, environment_name: environment };
  const own = (kind: 'secrets' | 'variables', page: Page) =>
    kind === 'secrets' ? actions.listRepoSecrets({ ...at, ...page }) : actions.listRepoVariables({ ...at, ...page });
  const shared = (kind: 'secrets' | 'variables', page: Page) =>
    kind === 'secrets'
      ? actions.listRepoOrganizationSecrets({ ...at, ...page })
      : actions.listRepoOrganizationVariables({ ...at, ...page });
  const kept = (place: typeof inEnvironment & object, kind: 'secrets' | 'variables', page: Page) =>
    kind === 'secrets'
      ? actions.listEnvironmentSecrets({ ...place, ...page })
      : actions.listEnvironmentVariables({ ...place, ...page });

  const read = async (kind: 'secrets' | 'variables'): Promise<Names> => {
    // Whoever may not see those of the repository sees none.
    const names = await namesOf(session, `/actions/${kind}`, kind, (page) => own(kind, page));
    const more = [
      () => namesOf(session, `/actions/organization-${kind}`, kind, (page) => shared(kind, page)),
      ...(inEnvironment === undefined
        ? []
        : [
            () =>
              namesOf(session, `/environments/${environment}/${kind}`, kind, (page) => kept(inEnvironment, kind, page)),
          ]),
    ];
    const others = await Promise.all(more.map((one) => one().catch(unseen)));
    return {
      names: [...names, ...others.flatMap((one) => one ?? [])],
      isPartial: others.includes(undefined),
    };
  };
  const [secrets, variables] = [await read('secrets'), await read('variables')];
  return {
    secrets: secrets.names,
    variables: variables.names,
    isPartial: secrets.isPartial || variables.isPartial,
  };
}

interface Names {
  readonly names: readonly string[];
  readonly isPartial: boolean;
}

async function namesOf(
  { ask }: GitHubSession,
  path: string,
  kind: 'secrets' | 'variables',
  list: (page: { per_page: number; page: number }) => Promise<{ readonly data: Listed }>,
): Promise<string[]> {
  const names: string[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const { items, total } = await ask(
      `GET ${path}`,
      () => list({ per_page: 30, page }),
      ({ data }) => {
        const found = data[kind];
        if (!Array.isArray(found)) throw new TypeError(`an answer without ${kind}`);
        return { items: found.map(({ name }) => String(name)), total: data.total_count };
      },
    );
    names.push(...items);
    if (items.length === 0 || names.length >= total) break;
  }
  return names;
}

/** A list that the token may not see, or that the repository does not have. */
function unseen(error: unknown): undefined {
  if (!isForgeError(error, 'missing-permission', 'not-found')) throw error;
}
