/** The name of the Docker Hub that people write. */
export const hubHost = 'docker.io';

/** Where the Hub's API answers. */
const apiHost = 'registry-1.docker.io';
export const hubUrl = `https://${apiHost}`;

/** The Hub's names: the one that people write, the one of its old API, and the one that answers. */
const hubHosts: readonly string[] = [hubHost, 'index.docker.io', apiHost];

/** Names that people write for the Hub where they mean {@link hubHost}: its other hosts, and those of its pages. */
export const mistakenHubHosts: readonly string[] = [
  ...hubHosts.filter((host) => host !== hubHost),
  'registry.hub.docker.com',
  'hub.docker.com',
];

/** The name under which docker keeps the Hub's credentials. */
export const hubCredentialsKey = 'https://index.docker.io/v1/';

/** Requests a minute that docker-library's own tools keep to. */
export const hubRequestsPerMinute = 300;

/** Pulls that the Hub allows without an account, in six hours. */
export const anonymousHubPulls = 100;

/** Whether `host` is one of Docker Hub's names. */
export function isHub(host: string): boolean {
  return hubHosts.includes(host);
}

/** All names under which credentials for `host` may be kept, the one that people write first. */
export function hostAliases(host: string): readonly string[] {
  return isHub(host) ? hubHosts : [host];
}
