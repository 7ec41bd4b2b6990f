import type { Digest } from '../../core/names.ts';
import type { PlannedGroup } from '../types.ts';

/** What is known of digests before the source is asked for them. */
export interface Knowledge {
  /** The children of a group's index; none for a single manifest; `undefined` where nobody has read it yet. */
  children(group: PlannedGroup): readonly Digest[] | undefined;
  /** Whether a manifest need not be pulled: the destination has it, or an earlier run kept it. */
  has(group: PlannedGroup, digest: Digest): boolean;
  /** Bytes of the blobs that a manifest names, where it is known. */
  blobs(digest: Digest): readonly { readonly digest: Digest; readonly size: number }[] | undefined;
}

/** What one group takes of the source: distinct manifests. */
export interface GroupCost {
  /** What has to be pulled, as far as it is known. */
  readonly digests: readonly Digest[];
  /** Whether these are all. */
  readonly exact: boolean;
  /** How many there will be: their number, or where it is not exact what such an index usually takes. */
  readonly expected: number;
}

/** What some groups take of the source together, each manifest once. */
export interface Estimate {
  readonly groups: number;
  /** The manifests that are known to be pulled. */
  readonly digests: ReadonlySet<Digest>;
  readonly atLeast: number;
  /** With what indexes that nobody has read usually take. */
  readonly expected: number;
  /** Whether both are the exact number. */
  readonly exact: boolean;
  /** Bytes of the distinct blobs of those manifests that are known, and how many manifests are not. */
  readonly bytes: { readonly known: number; readonly unknownManifests: number };
}

/** What a source allows at a moment. Without a limit `limit` and `left` are infinite. */
export interface BudgetState {
  /** Pulls in a window. */
  readonly limit: number;
  readonly left: number;
  readonly windowMs: number;
  /** When a pull comes back, in milliseconds since the epoch; absent: not known, a window from now at the latest. */
  readonly freeAt?: number;
}

/** How long pulls will take. */
export interface Forecast {
  /** Windows in which there is something to pull, the present one included; 0: nothing is to be pulled. */
  readonly windows: number;
  /** When the last window begins, in milliseconds since the epoch: what is left is then done in one run. */
  readonly doneAt: number;
}
