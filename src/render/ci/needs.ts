import type { Ci } from '../../config/types.ts';

/** What the settings of a forge have to hold for the rendered jobs. */
export interface CiNeeds {
  readonly secrets: readonly string[];
  readonly variables: readonly string[];
}

/** The names of secrets and variables that the jobs read; GitHub's own token is always there. */
export function ciNeeds({ provider, logins, app, variables, kubernetes }: Ci): CiNeeds {
  const ofLogins = logins.flatMap(({ username, password, readOnly }) => [
    username,
    password,
    readOnly?.username,
    readOnly?.password,
  ]);
  const own = {
    github: [app?.privateKey],
    gitlab: ['MIRRORLOCK_TOKEN'],
    kubernetes: [kubernetes?.tokenSecret, kubernetes?.authSecret],
  }[provider];
  const secrets = [...ofLogins, ...own].filter((name) => name !== undefined && name !== 'GITHUB_TOKEN');
  return {
    secrets: [...new Set(secrets as string[])].sort(),
    variables: [...new Set([...(app === undefined ? [] : [app.clientId]), ...variables])].sort(),
  };
}

const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

/** What is left to do once the files of the CI are written, a sentence each. */
export function ciNextSteps(ci: Ci, hasPullLimit: boolean): string[] {
  const { secrets, variables } = ciNeeds(ci);
  const setting = {
    github: 'in the settings of the repository (Secrets and variables, Actions)',
    gitlab: 'in the settings of the project (CI/CD, Variables), masked',
    kubernetes: `in the namespace ${ci.kubernetes?.namespace ?? 'of the jobs'}`,
  }[ci.provider];
  return [
    'Commit the rendered files with mirrors.yaml and mirrors.lock.yaml to the default branch.',
    ...(secrets.length === 0 ? [] : [`Add the secrets ${list(secrets)} ${setting}.`]),
    ...(variables.length === 0 ? [] : [`Add the variables ${list(variables)} there.`]),
    ...stepsOf(ci, hasPullLimit),
  ];
}

function stepsOf({ provider, app, environment, catalog }: Ci, hasPullLimit: boolean): string[] {
  const pages =
    catalog === undefined
      ? []
      : ['Set the source of Pages to GitHub Actions (Settings, Pages): the catalogue goes there.'];
  const protect =
    environment === undefined
      ? []
      : [`Make the environment \`${environment}\`, protect it, and keep those that write there.`];
  if (provider === 'github') {
    const setting =
      'Allow GitHub Actions to create pull requests (Settings, Actions, General), or name a GitHub App in `ci.app`.';
    return [...(app === undefined ? [setting] : []), ...pages, ...protect];
  }
  if (provider === 'gitlab') {
    const apply = hasPullLimit ? ', and a third with `apply`, which goes on where the pull limit stopped it' : '';
    return [
      'Include `.gitlab/mirrorlock.yml` from `.gitlab-ci.yml`.',
      `Make two pipeline schedules that set MIRRORLOCK to \`update\` and \`drift\`${apply}.`,
      ...protect,
    ];
  }
  return ['Apply the manifests: `kubectl apply --filename kubernetes/`.'];
}
