// Generated from schema/mirrors.schema.json by `npm run generate`. Do not edit.

/**
 * A registry and the path below it: `public.ecr.aws/docker/library`, or a mapping where there is more to say. Environment variables are replaced in it.
 */
export type Alternate =
  | string
  | {
      /**
       * The name of the registry.
       */
      registry: string;
      /**
       * The path that the images lie below.
       */
      namespace: string;
      /**
       * Use plain HTTP instead of HTTPS.
       */
      insecure?: boolean;
      /**
       * A token server of another site that may get the login for the registry.
       */
      tokenServer?: string;
      /**
       * The most requests to send to it in a minute. Left out: no limit.
       */
      requestsPerMinute?: number;
    };
/**
 * The name of an official image, such as `alpine`, or a pattern for names. A glob must match the whole name: `*` is any text, also none, `?` is any one character, `[a-c]` one of these, `[!a-c]` any but these, `{mysql,mariadb}` either. Text between `/`, such as `/^open/`, is a regular expression as JavaScript has them, which may match anywhere in the name; `/…/i` ignores case. Put patterns in quotes.
 */
export type ImagePattern = string;
/**
 * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
 */
export type SettingName = string;
/**
 * A platform of official images, `os/architecture` or `os/architecture/variant`. `linux/arm64` is `linux/arm64/v8`, and `linux/arm` is `linux/arm/v7`, as everywhere in the world of containers. A platform stands for itself alone: `linux/arm/v7` does not match `linux/arm/v6`.
 */
export type Platform = string;
/**
 * Only an image pattern, which stands for every tag of the image, or a mapping. All fields of a rule must match; of the values in a field, one.
 */
export type Rule =
  | ImagePattern
  | {
      /**
       * The name of an official image, such as `alpine`, or a pattern for names. A glob must match the whole name: `*` is any text, also none, `?` is any one character, `[a-c]` one of these, `[!a-c]` any but these, `{mysql,mariadb}` either. Text between `/`, such as `/^open/`, is a regular expression as JavaScript has them, which may match anywhere in the name; `/…/i` ignores case. Put patterns in quotes.
       */
      image: string;
      /**
       * The tags: one pattern, or a list of which one must match. Left out: every tag.
       */
      tags?: TagPattern | TagPattern[];
      /**
       * The versions: one range, or a list of which one must hold the version that the tag begins with. Left out: every tag, with a version or without.
       */
      versions?: VersionRange | VersionRange[];
    };
/**
 * A tag, such as `bookworm-slim`, or a pattern for tags. A glob must match the whole tag: `*` is any text, also none, `?` is any one character, `[0-9]` one of these, `[!0-9]` any but these, `{alpine,slim}` either. Text between `/`, such as `/-rc\d*(-|$)/`, is a regular expression as JavaScript has them, which may match anywhere in the tag; `/…/i` ignores case. Put patterns in quotes, and numbers too: `"3.10"`.
 */
export type TagPattern = string;
/**
 * A range of versions as npm writes it: `>=3.12`, `^1.26`, `3.12 - 3.14`, `<2 || >=4`. It is compared with the version that the tag begins with: 3.13.2 for `3.13.2-slim-bookworm`, number by number, as many as there are: `1.2.3` holds 1.2.3.4. `3.13` and `3` stand for all versions that begin so, and match a range that holds all of them. A pre-release such as `3.14.0rc1` matches only a range that names a pre-release of the same version (`>=3.14.0-0`). A tag that begins with no version never matches. All rules, with examples: docs/versions.md.
 */
export type VersionRange = string;
/**
 * The label of a runner.
 */
export type Label = string;
/**
 * A name that the forge knows.
 */
export type ForgeName = string;
/**
 * What a notice is about.
 */
export type NoticeEvent = 'failure' | 'drift' | 'waiting-pull-request' | 'end-of-life';

/**
 * What to mirror of Docker Official Images, from where, and to where. `mirrorlock lock` expands it into `mirrors.lock.yaml`.
 */
export interface MirrorsYaml {
  /**
   * The version of this file's format: always `1`.
   */
  version: 1;
  upstream?: Upstream;
  source?: Source;
  /**
   * The registries that the images are copied to. `plan`, `apply` and `verify` need at least one; the other commands need none.
   *
   * @minItems 1
   */
  destinations?: Destination[];
  /**
   * Environment variables that registry names and namespaces may mention although they have the name of a secret, such as one with `TOKEN`, `SECRET`, `PASSWORD` or `KEY` in it. Their values are sent and printed.
   *
   * @minItems 1
   * @maxItems 100
   */
  publicVariables?: SettingName[];
  /**
   * The platforms to keep of each image. Leave it out to keep all, with upstream's own index and digest. With fewer platforms than upstream has, an image gets an index of its own, whose digest stands in the lockfile.
   *
   * @minItems 1
   */
  platforms?: Platform[];
  /**
   * Whether the attestations (SBOM and provenance) of what is kept are kept too: `keep`, or `drop` for images without any, which get an index of their own.
   */
  attestations?: 'keep' | 'drop';
  /**
   * Images of which other platforms or attestations are kept. Where several match an image, the first one that says something of a key counts for that key.
   *
   * @minItems 1
   */
  overrides?: Override[];
  images: Images;
  ci?: Ci;
  update?: Update;
  review?: Review;
  apply?: Apply;
  policy?: Policy;
  metrics?: Metrics;
  /**
   * Who hears of failures, drift, pull requests that wait and images that end. `apply`, `verify` and `update` send the notices.
   *
   * @minItems 1
   * @maxItems 20
   */
  notify?: NoticeTarget[];
}
/**
 * Where the list of official images comes from.
 */
export interface Upstream {
  /**
   * A URL that git can fetch from, or the path of a local repository, from the folder of this file. It holds no credentials: git's credential helpers give those.
   */
  repository?: string;
  /**
   * A branch, a tag, or the full hash of a commit.
   */
  ref?: string;
}
/**
 * The registry that the images are copied from.
 */
export interface Source {
  /**
   * The name of the registry; `docker.io` is the Docker Hub.
   */
  registry?: string;
  /**
   * The path that the images lie below.
   */
  namespace?: string;
  /**
   * Use plain HTTP instead of HTTPS, for a registry in a closed network. Never with `docker.io`.
   */
  insecure?: boolean;
  /**
   * A token server of another site that may get the login for the registry.
   */
  tokenServer?: string;
  /**
   * Other places that hold the same digests. They are asked first, in this order and by digest only, and save pulls at the registry, which is asked last.
   *
   * @minItems 1
   */
  alternates?: Alternate[];
  /**
   * The most requests to send to the registry in a minute. Left out: 300 for `docker.io`, no limit elsewhere.
   */
  requestsPerMinute?: number;
  budget?: Budget;
}
/**
 * How many manifests may be pulled from the registry, and in which order images are pulled where not all fit.
 */
export interface Budget {
  /**
   * Counted pulls in a window: a number, which is kept to from run to run; `auto`, which asks the registry for its limit by HEAD and keeps to that; or `unlimited`.
   */
  pulls?: ('auto' | 'unlimited') | number;
  /**
   * The time in which `pulls` may be made, where the registry does not say: a whole number and `s`, `m`, `h` or `d`.
   */
  window?: string;
  /**
   * With `auto`: what counts where the registry does not tell its limit. Left out: 100 pulls for `docker.io`, as if there were no account, and `unlimited` elsewhere. Say `unlimited` for a paid account of the Docker Hub.
   */
  withoutHeaders?: 'unlimited' | number;
  /**
   * Images that go first where not all fit, by name or pattern. Those that are not named follow.
   *
   * @minItems 1
   */
  order?: ImagePattern[];
}
/**
 * A registry that the images are copied to.
 */
export interface Destination {
  /**
   * What this destination is called in reports and by `--destination`: lower-case letters and digits, joined by `-`, `_` or `.`.
   */
  name: string;
  /**
   * The name of the registry.
   */
  registry: string;
  /**
   * The path to put the images below: `library` gives `registry.example.com/library/alpine`. Empty: right below the registry.
   */
  namespace: string;
  /**
   * Use plain HTTP instead of HTTPS, for a registry in a closed network. Never with `docker.io`.
   */
  insecure?: boolean;
  /**
   * A token server of another site that may get the login for the registry.
   */
  tokenServer?: string;
  /**
   * Nobody else writes below this namespace. Only then `prune` deletes there; else it says what it would delete.
   */
  exclusive?: boolean;
}
/**
 * What is kept of an image, in place of what counts for all.
 */
export interface Override {
  /**
   * The name of an official image, such as `alpine`, or a pattern for names. A glob must match the whole name: `*` is any text, also none, `?` is any one character, `[a-c]` one of these, `[!a-c]` any but these, `{mysql,mariadb}` either. Text between `/`, such as `/^open/`, is a regular expression as JavaScript has them, which may match anywhere in the name; `/…/i` ignores case. Put patterns in quotes.
   */
  image: string;
  /**
   * The platforms to keep of it, or `all`.
   */
  platforms?: 'all' | Platform[];
  /**
   * Whether attestations of what is kept of it are kept too.
   */
  attestations?: 'keep' | 'drop';
}
/**
 * Which images and tags to mirror.
 */
export interface Images {
  /**
   * The rules that say what is wanted.
   *
   * @minItems 1
   */
  include: Rule[];
  /**
   * The rules that say what is not wanted after all.
   */
  exclude?: Rule[];
}
/**
 * The CI that runs the mirror; `render` writes its files. Left out: none are rendered.
 */
export interface Ci {
  /**
   * What runs the jobs: `github` (files in .github/workflows/), `gitlab` (files in .gitlab/) or `kubernetes` (manifests in kubernetes/).
   */
  provider: 'github' | 'gitlab' | 'kubernetes';
  /**
   * Where the jobs take the tool from: `checkout`, the mirror repository itself, which is a fork of mirrorlock and built by `npm ci`; or `dependency`, the mirror repository's own package.json and package-lock.json, which name mirrorlock exactly and with its integrity; or `image`, the image of `kubernetes.image`, such as mirrorlock's own, where the jobs install nothing. docs/ci.md says how to make them.
   */
  tool?: 'checkout' | 'dependency' | 'image';
  /**
   * The version of Node that runs it.
   */
  node?: string;
  /**
   * How many jobs apply at once, at most. A matrix of GitHub Actions holds 256, one of GitLab 200.
   */
  jobs?: number;
  schedule?: Schedule;
  /**
   * The label of the runner, or a list of labels (GitHub: `runs-on`, GitLab: `tags`). Left out: `ubuntu-24.04` at GitHub, any runner at GitLab.
   */
  runner?: Label | Label[];
  /**
   * Whether a commit is tagged `mirrored/TIME` once all that it names is served.
   */
  mark?: boolean;
  /**
   * Publishes the catalogue (`mirrorlock catalog`) after each apply and each look at drift: at GitHub Pages, at GitLab Pages, or in a cluster by nginx from the volume of `kubernetes.catalogClaim`. Who reads the site sees the names, tags and digests of the mirror.
   */
  catalog?: boolean | PublishedCatalog;
  /**
   * Whether jobs that ask the source keep the cache folder from run to run: by the cache of GitHub Actions or GitLab CI, only on the default branch. Kubernetes keeps it in the volume of `kubernetes.cacheClaim`.
   */
  cache?: boolean;
  app?: App;
  /**
   * Which secrets log in to which registry: names of secrets, never their values. Kubernetes takes a Secret with an auth file instead (`kubernetes.authSecret`).
   *
   * @minItems 1
   * @maxItems 20
   */
  logins?: Login[];
  /**
   * The environment of GitHub or GitLab for the jobs that write to the destinations, apply and prune: its rules say who lets them run, and only they get its secrets. Protect it in the settings of the forge. Left out: none.
   */
  environment?: string;
  kubernetes?: Kubernetes;
}
/**
 * When the bot looks.
 */
export interface Schedule {
  /**
   * When upstream is looked at for changes.
   */
  update?: string;
  /**
   * When the destinations are compared with the lockfile.
   */
  drift?: string;
  /**
   * When GitHub looks whether the merged lockfile is applied, and goes on where the last run ended: with what waits for the source's pull limit, above all. Left out: an apply runs after a merge and by hand.
   */
  apply?: string;
}
/**
 * That it is published, and how.
 */
export interface PublishedCatalog {
  /**
   * Where the site will be read, for links in its feeds. Left out: relative links; GitLab knows it itself.
   */
  url?: string;
  /**
   * Whether it has the history of each tag, which is most of its size.
   */
  history?: boolean;
}
/**
 * A GitHub App that opens pull requests. Left out: `GITHUB_TOKEN`, with which checks of the bot's pull requests wait for an approval and workflow files cannot be pushed.
 */
export interface App {
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  clientId: string;
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  privateKey: string;
}
/**
 * The login at a registry that is the source, an alternate or a destination.
 */
export interface Login {
  /**
   * The name of the registry, with its port where it has one.
   */
  registry: string;
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  username?: string;
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  password: string;
  readOnly?: ReadOnlyLogin;
}
/**
 * Another login at the same registry, which may only read, for the jobs that only read: update, plan, verify and drift. Left out: they have the login of apply and prune.
 */
export interface ReadOnlyLogin {
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  username: string;
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  password: string;
}
/**
 * What the manifests need to know; for `provider: kubernetes`.
 */
export interface Kubernetes {
  /**
   * The mirror repository, as git clones it over HTTPS.
   */
  repository: string;
  /**
   * The branch that is applied.
   */
  branch?: string;
  /**
   * An image with Node, npm and git, by tag or digest; with `tool: image` one with mirrorlock and git.
   */
  image: string;
  /**
   * The namespace of the objects.
   */
  namespace?: string;
  /**
   * The Secret of type `kubernetes.io/dockerconfigjson` that logs in to registries. Left out: no login.
   */
  authSecret?: string;
  /**
   * The Secret whose key `token` holds the token for the forge.
   */
  tokenSecret?: string;
  /**
   * The ConfigMap with the environment variables that mirrors.yaml mentions. Left out: they are not set.
   */
  configMap?: string;
  /**
   * The PersistentVolumeClaim whose volume holds the catalogue and the last reports (ReadWriteMany, where pods run on several nodes); needed with `ci.catalog`, and only then.
   */
  catalogClaim?: string;
  /**
   * The image with nginx that serves the catalogue, by tag or digest.
   */
  catalogImage?: string;
  /**
   * The PersistentVolumeClaim whose volume holds the cache folder of update and apply; its pods write at once (ReadWriteMany, where they run on several nodes). Left out: each run begins without one.
   */
  cacheClaim?: string;
}
/**
 * How `mirrorlock update` proposes changes.
 */
export interface Update {
  /**
   * The branch that the pull request comes from. It is the bot's own. Left out in a folder of the git repository: one for that folder, such as `mirrorlock/update-FOLDER`.
   */
  branch?: string;
  /**
   * The branch that it goes to. Left out: the repository's default branch.
   */
  base?: string;
  /**
   * Labels that it gets when it is opened; those that the repository lacks are made.
   */
  labels?: ForgeName[];
  /**
   * Accounts who are asked for a review; a team of GitHub is written `@team`.
   */
  reviewers?: ForgeName[];
  /**
   * Accounts that it is assigned to.
   */
  assignees?: ForgeName[];
  /**
   * Open it as a draft.
   */
  draft?: boolean;
  /**
   * Let the forge merge it as soon as all that the repository requires is there, and how; `off` leaves that to people. With anything else, changes are applied that nobody may have looked at.
   */
  autoMerge?: 'off' | 'merge' | 'squash' | 'rebase';
  commit?: Commit;
  forge?: Forge;
}
/**
 * Whom the commits are by, and what they say besides what changes.
 */
export interface Commit {
  /**
   * Who makes the commits: `git` here, or the `forge` by its API, in the name of the token's account. GitHub signs what it makes, GitLab where its administrator says so. With `forge`, `author`, `committer`, `signOff` and the variables of git do not apply.
   */
  by?: 'git' | 'forge';
  /**
   * A name and an address, `Name <email>`. Left out: `mirrorlock <mirrorlock@localhost>`.
   */
  author?: string;
  /**
   * A name and an address, `Name <email>`. Left out: the author.
   */
  committer?: string;
  /**
   * Add `Signed-off-by`, of the committer.
   */
  signOff?: boolean;
  /**
   * What stands below the first line of the message.
   */
  body?: string;
}
/**
 * The forge that the mirror repository is on. Left out: github.com, gitlab.com, or the one whose CI runs the job. It is read from the work tree, since it says where the base is to be found.
 */
export interface Forge {
  /**
   * What kind of forge it is.
   */
  provider: 'github' | 'gitlab';
  /**
   * Its host in lower case, with a port where it is not 443. It is asked over HTTPS.
   */
  host: string;
}
/**
 * What a pull request says besides what changes: why, and what changed inside.
 */
export interface Review {
  /**
   * How much is read. `git`: what upstream's library files say, without a request to a registry. `index`: also what the new and the old index say of their builds, one counted pull for each new digest, which `apply` does not make again. `contents`: also configuration, layers and packages of `platform`, at most two more counted pulls for each group.
   */
  evidence?: 'git' | 'index' | 'contents';
  /**
   * How much of the source's pulls in a window may be spent on it, in percent. What was not read is said. A source that does not count pulls has no bound.
   */
  share?: string;
  /**
   * A platform of official images, `os/architecture` or `os/architecture/variant`. `linux/arm64` is `linux/arm64/v8`, and `linux/arm` is `linux/arm/v7`, as everywhere in the world of containers. A platform stands for itself alone: `linux/arm/v7` does not match `linux/arm/v6`.
   */
  platform?: string;
  vulnerabilities?: Vulnerabilities;
}
/**
 * Asks for the known vulnerabilities of the packages that changed, with `evidence: contents`. Left out: nobody is asked.
 */
export interface Vulnerabilities {
  /**
   * Where OSV is asked: its API at an `https:` address, or a folder with its zip files (`ECOSYSTEM/all.zip`), relative to the mirror repository.
   */
  osv: string;
  /**
   * A new vulnerability of this severity or a higher one makes the check fail. Left out: none does.
   */
  failOn?: 'critical' | 'high' | 'medium' | 'low';
  /**
   * How long OSV at an address may take for all questions of one run: a whole number and `s`, `m`, `h` or `d`. Then the vulnerabilities that are left are not known, and the check does not fail for them.
   */
  timeout?: string;
}
/**
 * How `mirrorlock apply` copies.
 */
export interface Apply {
  /**
   * What copies: `direct` is the registry client of mirrorlock; `skopeo` runs `skopeo sync`, which follows the policy.json, registries.conf and certificates of the machine. The limits of each stand in docs/sources.md. `--engine` overrides it for one run.
   */
  engine?: 'direct' | 'skopeo';
}
/**
 * What to do where there is a choice.
 */
export interface Policy {
  /**
   * What happens at the destination to a tag that leaves the lockfile, as when upstream no longer lists it: `keep` leaves it there; `prune` deletes it, but only where an earlier lockfile put it and where it still has that digest.
   */
  dropped?: 'keep' | 'prune';
  prune?: Prune;
  /**
   * The name under which a tag's digest is kept at the destination when the tag moves to another one: `{{tag}}` stands for the tag. Left out: nothing is kept.
   */
  backup?: string;
}
/**
 * When and how much `mirrorlock prune` deletes, with `dropped: prune`.
 */
export interface Prune {
  /**
   * How long a tag must have been gone from the merged lockfile: a whole number and `s`, `m`, `h` or `d`.
   */
  after?: string;
  atMost?: PruneCeiling;
}
/**
 * The most tags that one run deletes at one destination; others wait for the next run. The smaller of the two limits counts.
 */
export interface PruneCeiling {
  /**
   * So many tags.
   */
  tags?: number;
  /**
   * So many of a hundred tags that the lockfile names, but always one.
   */
  percent?: number;
}
/**
 * What `--metrics` and `--metrics-push` say besides numbers, and where the push gateway is.
 */
export interface Metrics {
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  push?: string;
  /**
   * The job that is pushed as.
   */
  job?: string;
  /**
   * Labels that every metric gets, such as which mirror it is about.
   *
   * @minItems 1
   * @maxItems 10
   */
  labels?: MetricLabel[];
}
/**
 * A label of metrics.
 */
export interface MetricLabel {
  /**
   * Its name: letters, digits and `_`.
   */
  name: string;
  /**
   * Its value.
   */
  value: string;
}
/**
 * A webhook, or a room of Matrix, that notices go to. Addresses and tokens stand in environment variables, never in this file.
 */
export interface NoticeTarget {
  /**
   * The form of the request: `generic` posts a document `mirrorlock/notice/v1`, `slack` and `teams` post to an incoming webhook, `matrix` sends to a room.
   */
  to: 'generic' | 'slack' | 'teams' | 'matrix';
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  address: string;
  /**
   * The name of a variable or secret in the settings of the CI: letters, digits and `_`.
   */
  token?: string;
  /**
   * The ID of the room, with `to: matrix`.
   */
  room?: string;
  /**
   * What it hears of: a run that failed, drift that `verify` found, a pull request that waits longer than `waits`, images and series that upstream ends. Left out: all of these.
   *
   * @minItems 1
   */
  on?: NoticeEvent[];
  /**
   * How long a pull request may be open before that is a notice.
   */
  waits?: string;
  /**
   * How long the same notice is not sent again. What was sent is remembered in the cache folder.
   */
  repeat?: string;
  /**
   * The text of a notice, with `{{title}}`, `{{text}}`, `{{event}}`, `{{command}}` and `{{url}}` in it. Left out: title, text and URL, one below the other.
   */
  template?: string;
}
