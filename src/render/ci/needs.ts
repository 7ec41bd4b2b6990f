import type { Ci, Config } from '../../config/types.ts';

/** What the settings of a forge have to hold for the rendered jobs. */
export interface CiNeeds {
  readonly secrets: readonly string[];
  readonly variables: readonly string[];
}

/** What of mirrors.yaml names variables with addresses and tokens, for those who watch the mirror. */
interface Watching {
  readonly notify?: Config['notify'] | undefined;
  readonly metrics?: Config['metrics'] | undefined;
}

/** The variables with addresses and tokens of notices, and the push gateway's address: secrets of the jobs that send. */
export function watchSecrets({ notify = [], metrics }: Watching): string[] {
  const names = [...notify.flatMap(({ address, token }) => [address, token]), metrics?.push];
  return [...new Set(names.flatMap((name) => name ?? []))].sort();
}

/** The names of secrets and variables that the jobs read; GitHub's own token is always there. */
export function ciNeeds({ provider, logins, app, variables, kubernetes }: Ci, watching: Watching = {}): CiNeeds {
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
  // In Kubernetes they are keys of the Secret with the token.
  const sent = provider === 'kubernetes' ? [] : watchSecrets(watching);
  const secrets = [...ofLogins, ...own, ...sent].filter((name) => name !== undefined && name !== 'GITHUB_TOKEN');
  return {
    secrets: [...new Set(secrets as string[])].sort(),
    variables: [...new Set([...(app === undefined ? [] : [app.clientId]), ...variables])].sort(),
  };
}

const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

/** What is left to do once the files of the CI are written, a sentence each. */
export function ciNextSteps(ci: Ci, hasPullLimit: boolean, watching: Watching = {}): string[] {
  const { secrets, variables } = ciNeeds(ci, watching);
  const keys = ci.provider === 'kubernetes' ? watchSecrets(watching) : [];
  const setting = {
    github: 'in the settings of the repository (Secrets and variables, Actions)',
    gitlab: 'in the settings of the project (CI/CD, Variables), masked',
    kubernetes: `in the namespace ${ci.kubernetes?.namespace ?? 'of the jobs'}`,
  }[ci.provider];
  return [
    'Commit the rendered files with mirrors.yaml and mirrors.lock.yaml to the default branch.',
    ...(secrets.length === 0 ? [] : [`Add the secrets ${list(secrets)} ${setting}.`]),
    ...(variables.length === 0 ? [] : [`Add the variables ${list(variables)} there.`]),
    ...(keys.length === 0 ? [] : [`Add the keys ${list(keys)} to the Secret \`${ci.kubernetes?.tokenSecret}\`.`]),
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
