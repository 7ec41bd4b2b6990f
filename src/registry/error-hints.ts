import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';
import { isHub } from './hub.ts';

type Hint = (request: RequestContext) => string;

const hints: Partial<Record<RegistryErrorKind, Hint>> = {
  unauthorized: ({ host }) =>
    `Log in with \`docker login ${host}\`, and check that the account may use this repository.`,
  denied: ({ host }) => `The account at ${host} is known but may not do this: ask for the right, or log in as another.`,
  'not-found': () => 'Some registries need a project or repository before the first push: create it there.',
  'no-repository': ({ repository }) =>
    `Create the project or repository${repository === undefined ? '' : ` (${repository})`} at the registry first, or let ` +
    'it create repositories on push; check `namespace` of the destination.',
  'rate-limited': ({ host }) =>
    isHub(host)
      ? 'Docker Hub allows 100 pulls in 6 hours anonymously and 200 with a free account: log in with ' +
        '`docker login docker.io`, or run again later: it continues.'
      : 'Lower `requestsPerMinute`, or run again later: it continues.',
  server: () => 'The registry fails: look at its log, or run again later.',
  upload: () =>
    'The registry, or a proxy before several of it, does not keep uploads: look at its log, or run again later.',
  network: ({ host }) => `Check that ${host} is right, and that it can be reached from here (proxy, firewall, DNS).`,
  timeout: ({ host }) => `Check that ${host} can be reached from here, or go on when it is less busy.`,
  tls: ({ host }) =>
    `Put the authority's certificate into ~/.config/containers/certs.d/${host}/ca.crt or NODE_EXTRA_CA_CERTS; for a ` +
    'registry that speaks plain HTTP say `insecure: true`.',
  'not-a-registry': ({ host }) => `Check the name and port of ${host}: its path /v2/ has to be a registry.`,
  'media-type': () => 'Only OCI and Docker (schema 2) manifests and indexes are understood.',
  'digest-mismatch': () => 'Something between here and the registry changes its answers, or its storage is damaged.',
  refused: () => 'See whether the registry is read-only, its tags are immutable, or it lacks what the manifest names.',
  'no-space': () => 'Free some space at the registry, and run again.',
  quota: () => 'Raise the quota at the registry, or delete what is not needed there, and run again.',
  immutable: () =>
    'Let the registry move this tag (its rules for immutable or protected tags), or leave the tag out in mirrors.yaml.',
  'body-too-large': () =>
    'Raise the limit of the registry, or of the proxy before it (nginx: `client_max_body_size 0;` has none).',
};

/** What a user can do about an error of this kind. */
export function hintFor(kind: RegistryErrorKind, request: RequestContext): string | undefined {
  return hints[kind]?.(request);
}

/** What an answer says besides its kind. */
export interface AnswerWords {
  readonly status: number;
  readonly codes: readonly string[];
  readonly text: string;
  /** Its `Server` header. */
  readonly server: string;
}

type ProductHint = (request: RequestContext, words: AnswerWords) => string | undefined;

/** Products of which more is known, each with what it says about an error, or `undefined` where it is another's. */
const products: Partial<Record<RegistryErrorKind, readonly ProductHint[]>> = {
  'no-repository': [
    ({ host, repository = '' }) => {
      const ecr = ecrOf(host);
      if (ecr === undefined) return undefined;
      return (
        `Amazon ECR pushes only to repositories that exist: \`${ecr} create-repository --repository-name ${repository}\`, ` +
        'or let it create them on push by a repository creation template.'
      );
    },
    harborHint,
    quayHint,
  ],
  immutable: [
    ({ host, repository = '' }) => {
      const ecr = ecrOf(host);
      return ecr === undefined
        ? undefined
        : `Let tags of this ECR repository move: \`${ecr} put-image-tag-mutability --repository-name ${repository} --image-tag-mutability MUTABLE\`.`;
    },
    (_, { text }) =>
      /configured as immutable/i.test(text)
        ? 'A tag immutability rule of the Harbor project holds this tag: change the rule (Policy, Tag Immutability), or leave the tag out in mirrors.yaml.'
        : undefined,
  ],
  quota: [
    (_, { text }) =>
      /exceed the configured upper limit/i.test(text)
        ? 'Raise the quota of the Harbor project (Administration, Project Quotas), or delete artifacts and run the garbage collection, and run again.'
        : undefined,
  ],
  unauthorized: [harborHint, quayHint],
  denied: [
    harborHint,
    ({ host, repository = '' }, { text }) => {
      const ecr = ecrOf(host);
      if (ecr === undefined) return undefined;
      const login = `\`${ecr} get-login-password | docker login --username AWS --password-stdin ${host}\``;
      return /token has expired/i.test(text)
        ? `A login at Amazon ECR lasts 12 hours: ${login}, or use the credential helper \`ecr-login\`.`
        : `Grant the identity what it lacks for ${repository} (the policy AmazonEC2ContainerRegistryPowerUser has it), then ${login}.`;
    },
    ({ host }) =>
      host === 'ghcr.io'
        ? 'GHCR wants a token with `write:packages`; in GitHub Actions `permissions: {packages: write}`, and for a package ' +
          'that exists the role Write for this repository (package settings, Manage Actions access).'
        : undefined,
    quayHint,
  ],
  refused: [
    (_, { text }) =>
      /currently read-only|read-only mode/i.test(text)
        ? 'The registry is in its read-only mode: run again when it is over.'
        : undefined,
  ],
  'body-too-large': [
    (_, { server }) =>
      /\bnginx\b/i.test(server)
        ? 'The nginx before the registry limits what it takes: set `client_max_body_size 0;` there (Ingress: `nginx.ingress.kubernetes.io/proxy-body-size: "0"`).'
        : undefined,
  ],
};

/** What a user can do, where the answer is of a product of which more is known. */
export function productHint(kind: RegistryErrorKind, request: RequestContext, words: AnswerWords): string | undefined {
  for (const hint of products[kind] ?? []) {
    const text = hint(request, words);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Harbor says of a project that is absent that it is not found, or that nobody may use it. */
function harborHint({ repository = '' }: RequestContext, { text }: AnswerWords): string | undefined {
  if (!/\bproject \S+ not found/i.test(text)) return undefined;
  return `Create the project ${repository.split('/')[0]} in Harbor first: it creates only repositories on push.`;
}

function quayHint({ host, method }: RequestContext): string | undefined {
  if (host !== 'quay.io' || method === 'GET' || method === 'HEAD') return undefined;
  return (
    'Quay wants a robot account with the permission Write; where the repository does not exist yet, the robot has to be ' +
    'in a team of the organization that has the role Creator.'
  );
}

/** A private registry of Amazon ECR: `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, in China `.com.cn`, dual-stack `.on.aws`. */
const ecrHost = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/;

/** The beginning of an `aws` command for a registry of ECR. */
function ecrOf(host: string): string | undefined {
  const region = ecrHost.exec(host)?.[1];
  return region === undefined ? undefined : `aws ecr --region ${region}`;
}
