import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Problem } from '../core/problem.ts';
import type { ContentsEvidence } from './contents/types.ts';
import type { VulnerabilityEvidence } from './osv/types.ts';

/** Tags of an image that go to a digest: from another one, or new. */
export interface Step {
  readonly image: ImageName;
  readonly from?: Digest;
  readonly to: Digest;
  readonly tags: readonly Tag[];
}

/** What was found out about one step. */
export interface GroupEvidence extends Step {
  /** From git. */
  readonly source?: SourceEvidence;
  /** From the index. */
  readonly build?: BuildEvidence;
  /** From what the images hold. */
  readonly contents?: ContentsEvidence;
  /** What could not be read of it, and why. */
  readonly notes: readonly Problem[];
}

/** Where upstream's entry says that an image is built from. */
export interface SourcePlace {
  readonly repository: string;
  readonly commit: string;
  readonly directory: string;
  readonly file: string;
}

/** Platforms whose source goes the same way. */
export interface SourceStep {
  readonly platforms: readonly PlatformText[];
  readonly from?: SourcePlace;
  readonly to: SourcePlace;
  /** A URL; absent where the forge is not known, or nothing differs. */
  readonly compare?: string;
  /** A URL. */
  readonly dockerfile?: string;
}

export interface SourceEvidence {
  /** Whether all platforms are built from the same source as before: another digest is then a rebuild. */
  readonly isSame: boolean;
  readonly steps: readonly SourceStep[];
}

/** A commit of upstream. Its subject is as upstream writes it, and not to be trusted. */
export interface UpstreamSubject {
  readonly sha: string;
  readonly subject: string;
  readonly url?: string;
}

/** What official indexes say of each child (docker-library/meta-scripts, `meta.jq`); absent where they do not, or wrongly. */
export interface ChildBuild {
  readonly platform: PlatformText;
  /** Where the Dockerfile is, a URL. */
  readonly source?: string;
  /** The commit of the Dockerfile. */
  readonly revision?: string;
  /** ISO 8601. */
  readonly created?: string;
  readonly version?: string;
  readonly base?: { readonly name: string; readonly digest?: Digest };
}

export interface BuildEvidence {
  readonly before?: readonly ChildBuild[];
  readonly after: readonly ChildBuild[];
  /**
   * `source`: the Dockerfile (revision) changed; `base`: its base moved and the source is the same; `neither`: both are the
   * same; `unknown`: annotations are missing on a side.
   */
  readonly cause: 'source' | 'base' | 'neither' | 'unknown';
  readonly bases: readonly BaseMove[];
}

/** A base that an image is built on, where its digest differs. */
export interface BaseMove {
  readonly name: string;
  readonly from?: Digest;
  readonly to?: Digest;
  readonly platforms: readonly PlatformText[];
}

export interface Evidence {
  readonly groups: readonly GroupEvidence[];
  /** The upstream commits that touched each image between the two pinned commits, newest last. */
  readonly commits: ReadonlyMap<ImageName, readonly UpstreamSubject[]>;
  /** What it cost, and what it was allowed to. */
  readonly cost: { readonly pulls: number; readonly allowed: number | 'unlimited' };
  /** What was not read. */
  readonly unread: readonly { readonly why: 'share' | 'failed'; readonly groups: number }[];
  readonly problems: readonly Problem[];
  /** What OSV says of the packages that changed in a group whose contents were read; absent: it is not asked. */
  readonly vulnerabilities?: readonly VulnerabilitiesOf[];
}

export interface VulnerabilitiesOf extends Pick<Step, 'image' | 'to' | 'tags'> {
  readonly found: VulnerabilityEvidence;
}
