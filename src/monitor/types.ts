import type { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import type { Drift } from '../verify/drift.ts';

/** The commands whose runs are watched. */
export type WatchedCommand = 'apply' | 'verify' | 'update';

/** What a run did or found at one destination, in tags where nothing else is said. */
export interface DestinationFacts {
  readonly name: string;
  /** Those that the lockfile names, of the images that the run is about. */
  readonly wanted: number;
  /** Those that the destination has as the lockfile says. */
  readonly mirrored: number;
  /** Those that could not be put, or not be compared. */
  readonly failed: number;
  /** Those that wait for pulls; absent: the run puts none. */
  readonly waiting?: number;
  /** Differences by kind; absent: nobody looked. */
  readonly drift?: Readonly<Record<Drift['kind'], number>>;
  readonly copiedGroups?: number;
  /** Bytes of blobs, by the place that sent them. */
  readonly bytes?: readonly { readonly place: string; readonly bytes: number }[];
}

/** An open pull request of the bot. */
export interface ProposalFacts {
  readonly number: number;
  readonly url: string;
  readonly createdAt: Date;
}

/** What is said of an image or a series that upstream ends: a title, and a sentence with names in backquotes. */
export interface EndFacts {
  readonly title: string;
  readonly text: string;
}

/** What is known of the mirror once a command has done its work; what a command cannot know is absent. */
export interface MirrorFacts {
  readonly destinations?: readonly DestinationFacts[];
  /** `image:tag` of the tags that are announced and not published. */
  readonly pending?: readonly string[];
  readonly pulls?: number;
  readonly budget?: { readonly limit: number; readonly left: number };
  /** `null`: there is no open pull request. */
  readonly proposal?: ProposalFacts | null;
  readonly ended?: readonly EndFacts[];
}

/** A whole run, however it ended. */
export interface RunFacts extends MirrorFacts {
  readonly command: WatchedCommand;
  /** Whether it was about all of the mirror. */
  readonly scope: 'all' | 'part';
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];
  /** Since when the oldest pending tag is pending, as far as git tells. */
  readonly oldestPending?: Date;
}
