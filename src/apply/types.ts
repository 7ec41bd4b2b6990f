import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { Manifest, ManifestHead, PullLimit } from '../registry/types.ts';

/** Brings manifests, with all that they name, to one destination. */
export interface Engine {
  /**
   * Brings manifests of one image; several calls may be under way. Gives why each that failed did: whether the others
   * arrived is not taken from here, the destination is asked.
   *
   * @throws what is no UserError: an interrupt
   */
  copy(image: ImageName, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Problem>>;
  /** Waits for what is under way, and lets go of what it uses. */
  close(): Promise<void>;
}

/** Says whether the source may be asked for more manifests: each GET of one, tries again included, may count as a pull. */
export interface PullAllowance {
  /**
   * Asked before each GET of a manifest at the source, never for an alternate. `false`: what needs it waits for a later
   * run (a {@link GroupFailure} with the code `apply/budget`, in `waiting`). It may wait a while before it answers.
   */
  take(): boolean | Promise<boolean>;
  /** Told the source's pull limit whenever one of its answers carries it, HEAD included. */
  seen(limit: PullLimit): void;
  /** Told that the source has refused a pull above its limit, and how long it asks to wait (ms, where it says so). */
  refused(retryAfterMs?: number): void;
}

/** The code of the problem of what waits for a later run's pulls. */
export const budgetCode = 'apply/budget';

/** No budget. */
export const unlimitedPulls: PullAllowance = { take: () => true, seen: () => {}, refused: () => {} };

/** What came from one place: the source or an alternate. */
export interface PlaceReport {
  /** `HOST/NAMESPACE`, as the configuration has it. */
  readonly place: string;
  /** GETs of manifests that were sent there, each try counted. */
  readonly manifestGets: number;
  /** Manifests that it gave. */
  readonly manifests: number;
  /** Bytes of blobs that it sent. */
  readonly bytes: number;
  /** Why it is not asked any more in this run: it sent other bytes than the digest's, or failed over and over. */
  readonly dropped?: Problem;
}

/** Manifests of images at the source or an alternate, by digest; each is asked once in a run. */
export interface SourceManifests {
  get(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  /** Whether the source, asked for a manifest by HEAD, tells of a pull limit. Alternates are not asked. */
  hasPullLimit(image: ImageName, digest: Digest): Promise<boolean>;
}

/** Manifests of images at a destination. */
export interface DestinationManifests {
  head(image: ImageName, reference: Tag | Digest): Promise<ManifestHead | undefined>;
  get(image: ImageName, reference: Digest): Promise<Manifest | undefined>;
  /** Whether a manifest is there; one of another size is not. */
  hasWhole(image: ImageName, manifest: { readonly digest: Digest; readonly size: number }): Promise<boolean>;
  put(image: ImageName, reference: Tag, manifest: Manifest): Promise<void>;
}

/** What applying needs of the outside world. Their requests and processes are bounded by them. */
export interface ApplyPorts {
  readonly source: SourceManifests;
  readonly destination: DestinationManifests;
  readonly engine: Engine;
  /**
   * Whether the source, an alternate or an earlier merged lockfile knows a digest of an image: a lockfile may name one that
   * somebody has put at the destination. Absent: what the lockfile names is believed, as for an export.
   */
  readonly knows?: (image: ImageName, digest: Digest) => Promise<boolean>;
  /** Whether a manifest that the destination has is damaged, or a blob that it names; absent: nobody looked. */
  readonly isDamaged?: (image: ImageName, digest: Digest) => Promise<boolean>;
}

/** A group that could not be applied, in whole or part. */
export interface GroupFailure {
  readonly image: ImageName;
  readonly digest: Digest;
  /** The tags that were not put. */
  readonly tags: readonly Tag[];
  readonly problem: Problem;
}

/** What was done for some groups. */
export interface WorkResult {
  /** Digests copied from the source. */
  readonly copied: number;
  /** Groups that were there and damaged, and are whole again; absent: none was looked at so. */
  readonly mended?: number;
  /** Tags put. */
  readonly tagged: number;
  readonly failures: readonly GroupFailure[];
  /** Groups that wait for a later run, since no more may be pulled in this one (`apply/budget`). They are no failures. */
  readonly waiting: readonly GroupFailure[];
}

/** What an apply did at one destination. */
export interface ApplyResult extends WorkResult {
  /** Tags that were right already. */
  readonly unchanged: number;
}
