import { isHub } from './address.ts';
import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';

type Hint = (request: RequestContext) => string;

const hints: Partial<Record<RegistryErrorKind, Hint>> = {
  unauthorized: ({ host }) =>
    `Log in with \`skopeo login ${host}\`, and check that the account may use this repository.`,
  denied: ({ host }) => `The account at ${host} is known but may not do this: ask for the right, or log in as another.`,
  'not-found': () => 'Some registries want a project or repository to be made before anything is pushed to it.',
  'rate-limited': ({ host }) =>
    isHub(host)
      ? 'Docker Hub allows 100 pulls in 6 hours anonymously and 200 with a free account: log in with ' +
        '`skopeo login docker.io`, or go on later; what is done stays done.'
      : 'Lower `requestsPerMinute`, or go on later; what is done stays done.',
  server: () => 'The registry is in trouble: look at its log, or go on later.',
  network: ({ host }) => `Check that ${host} is right, and that it can be reached from here (proxy, firewall, DNS).`,
  timeout: ({ host }) => `Check that ${host} can be reached from here, or go on when it is less busy.`,
  tls: ({ host }) =>
    `Put the authority's certificate into ~/.config/containers/certs.d/${host}/ca.crt or NODE_EXTRA_CA_CERTS; for a ` +
    'registry that speaks plain HTTP say `insecure: true`.',
  'not-a-registry': ({ host }) => `Check the name and port of ${host}: its path /v2/ has to be a registry.`,
  'media-type': () => 'Only OCI and Docker (schema 2) manifests and indexes are understood.',
  'digest-mismatch': () => 'Something between here and the registry changes its answers, or its storage is damaged.',
  refused: () => 'See whether the registry is read-only, its tags are immutable, or it lacks what the manifest names.',
  'no-space': () => 'Free some space at the registry, or raise its quota, and run again.',
};

/** What a user can do about an error of this kind. */
export function hintFor(kind: RegistryErrorKind, request: RequestContext): string | undefined {
  return hints[kind]?.(request);
}
