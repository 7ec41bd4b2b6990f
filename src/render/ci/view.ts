import { createHash } from 'node:crypto';
import type { Ci, Config, Kubernetes, Login } from '../../config/types.ts';
import { botBranch } from '../../config/update.ts';
import { folderSlug } from '../../core/folder-slug.ts';
import { UserError } from '../../core/problem.ts';
import { lockfileName } from '../../lock/file.ts';
import { watchSecrets } from './needs.ts';
import { wayUp } from './providers.ts';

/** A login as templates see it: `username` is false for the workflow's own token. */
interface LoginView {
  readonly registry: string;
  readonly username: string | false;
  readonly password: string;
}

/** For the jobs that ask the source, copy, compare the destinations, and delete there. */
export interface ByJob<Value> {
  readonly update: Value;
  readonly apply: Value;
  readonly verify: Value;
  readonly prune: Value;
}

/** Where in its git repository a mirror is, as templates see it. */
interface FolderView {
  /** Its path, without `/` at its end. */
  readonly path: string;
  /** A name of letters, digits, `_` and `-` that no other folder has. */
  readonly slug: string;
  /** The way back to the top, such as `../..`. */
  readonly top: string;
  /** The names of the lockfile and of mirrors.yaml in patterns of the forge. */
  readonly lockfile: string;
  readonly configuration: string;
}

/** What templates of CI files are filled with. What is absent is false. docs/ci.md tells of each. */
export interface CiView {
  /** Where in its git repository the mirror is; false at the top. Jobs run the tool there. */
  readonly folder: FolderView | false;
  /** What names end with that a mirror in a folder does not share: none at the top, else `-` and the folder's slug. */
  readonly suffix: readonly string[];
  /** How the tool is run: words of a shell that need no quotes. */
  readonly command: readonly string[];
  /** Whether the tool is built from the checkout. */
  readonly isCheckout: boolean;
  /** Whether the image of the jobs has the tool. Neither this nor a checkout: it is installed as a dependency. */
  readonly inImage: boolean;
  /** The environment of the jobs that write to the destinations. */
  readonly environment: string | false;
  readonly node: string;
  /** An image with that Node, for jobs that run in containers. */
  readonly image: string;
  readonly jobs: number;
  /** One for each job, such as `1/8`. */
  readonly shards: readonly string[];
  readonly schedule: { readonly update: string; readonly drift: string; readonly apply: string | false };
  readonly runner: readonly string[];
  /** For jobs that run what a fork sends: a machine that GitHub throws away, never one's own. */
  readonly openRunner: readonly string[];
  readonly mark: boolean;
  /** The pattern of GitHub by which a push to the bot's branch starts no run. */
  readonly notBotBranch: string;
  /** Whether the cache folder is kept from run to run. */
  readonly cache: boolean;
  /** The catalogue that is published after apply and drift. */
  readonly catalog: { readonly url: string | false; readonly history: boolean } | false;
  /** Whether the jobs of an apply find the manifests that an update has read. */
  readonly sharesManifests: boolean;
  /** Whether `apply` runs skopeo, which is then installed where it is absent. */
  readonly usesSkopeo: boolean;
  /** Whether the policy is to delete what left the lockfile. */
  readonly prunes: boolean;
  readonly app: { readonly clientId: string; readonly privateKey: string } | false;
  readonly variables: readonly string[];
  /** The variables with addresses and tokens of notices, and the push gateway's address, which are secrets. */
  readonly notices: readonly string[];
  /** Whether runs push their metrics. */
  readonly pushesMetrics: boolean;
  readonly logins: ByJob<readonly LoginView[]>;
  /** Whether a job logs in by the workflow's own token. */
  readonly packages: ByJob<boolean>;
  readonly kubernetes:
    | {
        readonly repository: string;
        /** git's setting for a helper that is asked for the repository's host only. */
        readonly credentialKey: string;
        readonly branch: string;
        readonly image: string;
        readonly namespace: string;
        readonly tokenSecret: string;
        readonly authSecret: string | false;
        readonly configMap: string | false;
        readonly cacheClaim: string | false;
        readonly catalogClaim: string | false;
        readonly catalogImage: string;
      }
    | false;
}

/** What of the configuration the files of the CI follow from, besides `ci`. */
export interface CiConfig
  extends Pick<Config, 'source' | 'destinations' | 'dropped' | 'review' | 'notify' | 'metrics'> {
  readonly update: Pick<Config['update'], 'branch'>;
  /** What `apply` copies with. */
  readonly engine?: string;
}

/** Labels of the machines that GitHub hosts. */
const hosted = /^ubuntu-/;

/** What CI sets by itself, and need not be passed on. In Kubernetes it is what the manifests set. */
const setByCi: Readonly<Record<Ci['provider'], RegExp>> = {
  github: /^(?:(?:GITHUB|RUNNER)_|CI$)/,
  gitlab: /^(?:CI|GITLAB)(?:_|$)/,
  kubernetes: /^CI$/,
};

/**
 * What the templates of `ci` are filled with. Each job has only the logins that it needs. `prefix` is where in its git
 * repository the mirror is: empty at the top, or a path with `/` at its end.
 *
 * @throws UserError `render/ci-folder`
 */
export function ciView(
  ci: Ci,
  { source, destinations, dropped, review, notify, metrics, engine, update }: CiConfig,
  prefix: string,
): CiView {
  const sources = [source, ...source.alternates].map(({ registry }) => registry.host);
  const readsIndexes = review.evidence !== 'git';
  const targets = destinations.map(({ registry }) => registry.host);
  const loginsAt = (hosts: readonly string[], mayWrite: boolean) =>
    ci.logins.filter(({ registry }) => hosts.includes(registry)).map((login) => loginView(login, mayWrite));
  const logins = {
    // What explains a change reads the old indexes at the destinations.
    update: loginsAt(readsIndexes ? [...sources, ...targets] : sources, false),
    apply: loginsAt([...sources, ...targets], true),
    verify: loginsAt(targets, false),
    prune: loginsAt(targets, true),
  };
  const folder = prefix === '' ? false : folderView(ci, prefix);
  // A checkout has the tool at the top; as a dependency it is beside mirrors.yaml.
  const inCheckout = `${folder === false ? '' : `${folder.top}/`}bin/mirrorlock.js`;
  return {
    folder,
    suffix: folder === false ? [] : [`-${ci.provider === 'kubernetes' ? dnsName(folder) : folder.slug}`],
    command: {
      checkout: ['node', inCheckout],
      dependency: ['node', 'node_modules/mirrorlock/bin/mirrorlock.js'],
      image: ['mirrorlock'],
    }[ci.tool],
    isCheckout: ci.tool === 'checkout',
    inImage: ci.tool === 'image',
    environment: ci.environment ?? false,
    node: ci.node,
    image: `node:${ci.node}-bookworm`,
    jobs: ci.jobs,
    shards: Array.from({ length: ci.jobs }, (_, index) => `${index + 1}/${ci.jobs}`),
    schedule: { apply: false, ...ci.schedule },
    runner: ci.runner,
    openRunner: ci.runner.every((label) => hosted.test(label)) ? ci.runner : ['ubuntu-24.04'],
    mark: ci.mark,
    // What a branch's name may hold and a pattern reads otherwise (GitHub's documentation, "Filter pattern cheat sheet").
    notBotBranch: `!${botBranch(update, prefix).replace(/[+!\]]/g, '\\$&')}`,
    cache: ci.cache,
    catalog: ci.catalog === undefined ? false : { url: false, ...ci.catalog },
    sharesManifests: ci.cache && readsIndexes,
    usesSkopeo: engine === 'skopeo',
    prunes: dropped === 'prune',
    app: ci.app ?? false,
    variables: ci.variables.filter((name) => !setByCi[ci.provider].test(name)),
    notices: watchSecrets({ notify, metrics }),
    pushesMetrics: metrics?.push !== undefined,
    logins,
    packages: byJob(logins, (some) => some.some(({ username }) => username === false)),
    kubernetes: ci.kubernetes === undefined ? false : kubernetesView(ci.kubernetes, ci.cache),
  };
}

/** Characters that mean nothing to a shell in double quotes, to an expression, or, but for `+`, to a pattern of a forge. */
const plainFolder = /^[\p{L}\p{M}\p{N} ._,@=+/-]+$/u;

function folderView({ provider, place }: Ci, prefix: string): FolderView {
  const path = prefix.slice(0, -1);
  // The check workflow puts what a pull request brings there.
  const isTaken = provider === 'github' && /^pull-request\//i.test(prefix);
  if (isTaken || !plainFolder.test(path)) {
    const message = 'CI files cannot name this folder of the git repository.';
    const allowed = 'Letters, digits, spaces and `._,@=+-` may be in its name';
    const hint = `Rename it. ${allowed}${isTaken ? ', and the first folder is not `pull-request`' : ''}.`;
    throw new UserError([{ code: 'render/ci-folder', severity: 'error', message, place, value: path, hint }]);
  }
  const pattern = provider === 'github' ? prefix.replaceAll('+', '\\+') : prefix;
  return {
    path,
    slug: folderSlug(prefix),
    top: wayUp(prefix).slice(0, -1),
    lockfile: `${pattern}${lockfileName}`,
    configuration: `${pattern}mirrors.yaml`,
  };
}

/** A slug that the name of a CronJob may end with: letters are small there, and there is room for 34 more than `mirrorlock-update-`. */
function dnsName({ path, slug }: FolderView): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?$/.test(slug)) return slug;
  return `folder-${createHash('sha256').update(path).digest('hex').slice(0, 12)}`;
}

function byJob<From, To>(from: ByJob<From>, change: (value: From) => To): ByJob<To> {
  const { update, apply, verify, prune } = from;
  return { update: change(update), apply: change(apply), verify: change(verify), prune: change(prune) };
}

function kubernetesView({ cacheClaim, ...kubernetes }: Kubernetes, keepsCache: boolean): CiView['kubernetes'] {
  const claim = (keepsCache && cacheClaim) || false;
  const credentialKey = `credential.${new URL(kubernetes.repository).origin}.helper`;
  return { authSecret: false, configMap: false, catalogClaim: false, ...kubernetes, credentialKey, cacheClaim: claim };
}

function loginView({ registry, username, password, readOnly }: Login, mayWrite: boolean): LoginView {
  if (readOnly !== undefined && !mayWrite) return { registry, ...readOnly };
  return { registry, username: username ?? false, password };
}
