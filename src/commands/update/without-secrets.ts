type Environment = Readonly<Record<string, string | undefined>>;

const forgeToken = /^(?:MIRRORLOCK_TOKEN|GH_TOKEN|GITHUB_TOKEN|GITLAB_TOKEN|CI_JOB_TOKEN|ACTIONS_\w*TOKEN)$/;
const anySecret = /TOKEN|SECRET|PASSW|CREDENTIAL/i;

/**
 * The environment without what a configuration that is not merged must not name as a variable: the tokens of the forge,
 * and for a fork whatever has the name of a secret. `GIT_…` is git's, and holds settings.
 */
export function withoutSecrets(env: Environment, isFork: boolean): Environment {
  const secret = isFork ? anySecret : forgeToken;
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('GIT_') || !secret.test(name)));
}
