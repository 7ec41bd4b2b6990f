import type { PlatformText } from '../core/platform.ts';
import type { Place, Problem } from '../core/problem.ts';
import type { RegistryAddress } from '../registry/types.ts';
import type { UpstreamAddress } from '../upstream/types.ts';
import type { MetricsSettings, NoticeTarget } from './notify.ts';

/** A namespace of a registry: official images are repositories right below it. */
export interface RegistryNamespace {
  readonly registry: RegistryAddress;
  /** Path components joined by `/`; may be empty. */
  readonly namespace: string;
  /** Registry and namespace as mirrors.yaml writes them, for messages; only where they hold variables. */
  readonly written?: string;
}

/** A place that holds the same digests as the source. */
export interface Alternate extends RegistryNamespace {
  /** Requests a minute; absent: unlimited. */
  readonly requestsPerMinute?: number;
}

export interface Source extends RegistryNamespace {
  /** Hold the same digests; asked first, by digest only. */
  readonly alternates: readonly Alternate[];
  /** Requests a minute; absent: 300 for docker.io, unlimited elsewhere. */
  readonly requestsPerMinute?: number;
  /** What was said of counted pulls; see `budgetOf`. */
  readonly budget?: WrittenBudget;
}

/** `source.budget` as it is written, in its types. */
export interface WrittenBudget {
  readonly pulls?: PullCount | 'auto';
  readonly windowMs?: number;
  /** With `auto`: what counts where the registry does not tell its limit. */
  readonly withoutHeaders?: PullCount;
  /** Images that go first. */
  readonly order?: readonly Pattern[];
}

/** Counted pulls in a window. */
export type PullCount = number | 'unlimited';

export interface Destination extends RegistryNamespace {
  readonly name: string;
  /** Nobody else writes below the namespace: what left the lockfile may be deleted there. */
  readonly exclusive?: true;
}

/** A glob, or a regular expression written `/…/`. */
export interface Pattern {
  readonly kind: 'glob' | 'regex';
  /** As written. */
  readonly text: string;
  matches(value: string): boolean;
}

/** An include or exclude rule. Inside a rule all fields must match; inside a field any value may. */
export interface Rule {
  readonly kind: 'include' | 'exclude';
  /** From 0, among the rules of its kind. */
  readonly index: number;
  readonly place: Place;
  readonly image: Pattern;
  readonly tags?: readonly Pattern[];
  /** Semver ranges, as written and checked. */
  readonly versions?: readonly string[];
}

/** What is kept of images of some names, where it is not what counts for all. */
export interface Override {
  readonly place: Place;
  readonly image: Pattern;
  readonly platforms?: readonly PlatformText[] | 'all';
  readonly attestations?: 'keep' | 'drop';
}

/** A forge that is not one that everybody knows. */
export interface ForgeHost {
  readonly provider: 'github' | 'gitlab';
  /** In lower case, with a port where it is not that of HTTPS. */
  readonly host: string;
}

/** Somebody whom a commit is by. */
export interface CommitPerson {
  readonly name: string;
  readonly email: string;
}

/** What commits say besides what changes. Absent: the bot's own name and address, and nothing. */
export interface CommitSettings {
  /** Absent: git makes them. */
  readonly by?: 'forge';
  readonly author?: CommitPerson;
  readonly committer?: CommitPerson;
  readonly signOff: boolean;
  readonly body?: string;
}

/** How changes are proposed. */
export interface UpdateSettings {
  /** Absent: `botBranch` says it, by the folder of the mirror. */
  readonly branch?: string;
  /** Absent: the repository's default branch. */
  readonly base?: string;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly assignees: readonly string[];
  readonly draft: boolean;
  readonly autoMerge?: 'merge' | 'squash' | 'rebase';
  readonly commit: CommitSettings;
  /** Absent: the CI's variables or the remote tell. */
  readonly forge?: ForgeHost;
}

/** How bad a vulnerability is, the worst first. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** What is read to say why images change, and what changed inside. It decides nothing of the lockfile. */
export interface ReviewSettings {
  readonly evidence: 'git' | 'index' | 'contents';
  /** How much of the source's pulls in a window it may take, from 0 to 1. */
  readonly share: number;
  /** Whose contents are compared. */
  readonly platform: PlatformText;
  /**
   * `osv`: an address, or a folder relative to the mirror repository. `timeoutMs`: how long an address may take in one run;
   * absent: the usual time. Absent: nobody is asked.
   */
  readonly vulnerabilities?: { readonly osv: string; readonly failOn?: Severity; readonly timeoutMs?: number };
}

/** What copies: the registry client itself, or skopeo. */
export type EngineName = 'direct' | 'skopeo';

/** `policy.prune` as it is written, in its types. */
interface WrittenPrune {
  readonly afterMs?: number;
  readonly tags?: number;
  readonly percent?: number;
}

/** mirrors.yaml in its normal form: shorthands expanded, defaults filled, variables replaced. */
export interface Config {
  readonly file: string;
  readonly upstream: UpstreamAddress;
  readonly source: Source;
  readonly destinations: readonly Destination[];
  /** Absent: all. */
  readonly platforms?: readonly PlatformText[];
  /** Absent: kept. */
  readonly attestations?: 'keep' | 'drop';
  /** Of those that match an image, the first that says something of a key counts. Absent: none. */
  readonly overrides?: readonly Override[];
  readonly include: readonly Rule[];
  readonly exclude: readonly Rule[];
  /** Variables that mirrors.yaml may mention although they have the name of a secret. */
  readonly publicVariables: readonly string[];
  readonly dropped: 'keep' | 'prune';
  /** What was said of pruning; see `prunePolicyOf`. */
  readonly prune?: WrittenPrune;
  /** The name of what a moved tag pointed at, with `{{tag}}`; absent: that is not kept. */
  readonly backup?: string;
  readonly update: UpdateSettings;
  readonly review: ReviewSettings;
  /** Absent: nothing was said. */
  readonly metrics?: MetricsSettings;
  /** Absent: nobody. */
  readonly notify?: readonly NoticeTarget[];
  /** What `apply` copies with; absent: `direct`. */
  readonly engine?: EngineName;
  /** Absent: no files for CI are rendered. */
  readonly ci?: Ci;
  /** A digest of what decides the lockfile's content: upstream, source, what is kept, and rules, variables not replaced. */
  readonly contentHash: string;
  readonly warnings: readonly Problem[];
}

/** Names of secrets that log in to a registry. */
export interface Login {
  readonly registry: string;
  /** Absent: the token of the workflow itself, `GITHUB_TOKEN`. */
  readonly username?: string;
  readonly password: string;
  /** For the jobs that only read. Absent: they have this login. */
  readonly readOnly?: { readonly username: string; readonly password: string };
}

/** What Kubernetes manifests need to know. */
export interface Kubernetes {
  readonly repository: string;
  readonly branch: string;
  readonly image: string;
  readonly namespace: string;
  readonly authSecret?: string;
  readonly tokenSecret: string;
  readonly configMap?: string;
  /** The claim of a volume for the cache folder. Absent: each run begins without one. */
  readonly cacheClaim?: string;
  /** The claim of a volume for the catalogue and the reports. Present with `ci.catalog`, and only then. */
  readonly catalogClaim?: string;
  /** The image that serves the catalogue. */
  readonly catalogImage: string;
}

/** A catalogue that CI publishes. */
export interface PublishedCatalog {
  /** Where it is read. Absent: links in feeds are relative. */
  readonly url?: string;
  /** Whether it has the history of each tag. */
  readonly history: boolean;
}

/** `ci` of mirrors.yaml in its normal form. */
export interface Ci {
  readonly place: Place;
  readonly provider: 'github' | 'gitlab' | 'kubernetes';
  /** Where the jobs take the tool from. */
  readonly tool: 'checkout' | 'dependency' | 'image';
  /** Of the jobs that write to the destinations. Absent: none. */
  readonly environment?: string;
  readonly node: string;
  /** How many jobs apply at once, at most. */
  readonly jobs: number;
  /** `apply` is absent where it runs only after a merge and by hand. */
  readonly schedule: { readonly update: string; readonly drift: string; readonly apply?: string };
  /** Labels of the runner. Empty: any. */
  readonly runner: readonly string[];
  readonly mark: boolean;
  /** Whether the cache folder is kept from run to run. */
  readonly cache: boolean;
  /** Absent: no catalogue is published. */
  readonly catalog?: PublishedCatalog;
  /** Names of a variable and a secret. Absent: `GITHUB_TOKEN`. */
  readonly app?: { readonly clientId: string; readonly privateKey: string };
  readonly logins: readonly Login[];
  /** Present with `provider: kubernetes`, and only then. */
  readonly kubernetes?: Kubernetes;
  /** Environment variables that mirrors.yaml mentions, sorted. */
  readonly variables: readonly string[];
}
