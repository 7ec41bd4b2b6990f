import type { Place } from '../../core/problem.ts';

/** Names of secrets that log in to a registry. */
export interface Login {
  readonly registry: string;
  /** Absent: the token of the workflow itself, `GITHUB_TOKEN`. */
  readonly username?: string;
  readonly password: string;
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
}

/** `ci` of mirrors.yaml in its normal form. */
export interface Ci {
  readonly place: Place;
  readonly provider: 'github' | 'gitlab' | 'kubernetes';
  /** Absent: the tool is run from the checkout. */
  readonly toolVersion?: string;
  readonly node: string;
  /** How many jobs apply at once, at most. */
  readonly jobs: number;
  /** `apply` is absent where it runs after a merge and by hand alone. */
  readonly schedule: { readonly update: string; readonly drift: string; readonly apply?: string };
  /** Labels of the runner. Empty: any. */
  readonly runner: readonly string[];
  readonly mark: boolean;
  /** Whether the cache folder is kept from run to run. */
  readonly cache: boolean;
  /** Names of a variable and a secret. Absent: `GITHUB_TOKEN`. */
  readonly app?: { readonly clientId: string; readonly privateKey: string };
  readonly logins: readonly Login[];
  /** Present with `provider: kubernetes`, and only then. */
  readonly kubernetes?: Kubernetes;
  /** Environment variables that mirrors.yaml mentions, sorted. */
  readonly variables: readonly string[];
}
