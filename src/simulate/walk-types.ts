import type { KeepRules } from '../config/platforms.ts';
import type { Config } from '../config/types.ts';
import type { Evidence } from './evidence.ts';
import type { LockText } from './lock-text.ts';
import type { EvidenceRun } from './mirror.ts';
import type { Reading } from './reading.ts';
import type { Rebuilds } from './rebuilds.ts';

/** One way through history. */
export interface Scenario {
  readonly config: Pick<Config, 'include' | 'exclude'> & KeepRules;
  /** Absent: only what history proves. */
  readonly rebuilds?: Rebuilds;
  readonly limit?: number;
  /** What is read for the reviewer; absent: nothing of registries. */
  readonly evidence?: Evidence;
  /** May be shared by scenarios, so that each entry is written and read back once. */
  readonly text: LockText;
}

/** What a run did. Counts are of tags, unless they say otherwise. */
export interface RunResult {
  readonly run: number;
  readonly commit: string;
  readonly images: readonly string[];
  readonly groups: number;
  readonly added: number;
  readonly removed: number;
  readonly moved: number;
  /** Tags of groups that were built anew and kept their first tag. */
  readonly rebuilt: number;
  readonly rebuiltGroups: number;
  readonly lines: number;
  /** Counted pulls that the run asks for, whatever the limit. */
  readonly pulls: number;
  /** Counted pulls that it made within the limit, and those that wait. */
  readonly pulled: number;
  readonly waiting: number;
  /** What was read for the reviewer of what changed. */
  readonly evidence: EvidenceRun;
  /** What the reviewer reads. */
  readonly reading: Reading;
  /** Counted pulls of the two other ways. */
  readonly byFileDiff: number;
  readonly bySync: number;
}

export interface ImageTotals {
  readonly image: string;
  runs: number;
  groups: number;
  tags: number;
  lines: number;
  pulls: number;
}

export interface FirstRun {
  readonly images: number;
  readonly groups: number;
  readonly tags: number;
  readonly lines: number;
  readonly pulls: number;
}

export interface WalkResult {
  readonly first: FirstRun;
  /** The runs that changed something, or in which something waited, or pulls were made in other ways by file. */
  readonly runs: readonly RunResult[];
  /** Counted pulls of `skopeo sync` by tag, of all runs. */
  readonly bySyncTotal: number;
  readonly bySyncMost: number;
  /** In how many runs these are more than a budget. */
  readonly bySyncOver: (budget: number) => number;
  readonly images: readonly ImageTotals[];
  /** The most runs in a row after which one pull waited; 0 without a limit. */
  readonly longestPullWait: number;
  /** How many images were looked at by the back-test, over all runs. */
  readonly checked: number;
}
