import type { Problem } from '../core/problem.ts';
import type { Evidence } from './evidence.ts';
import type { RebuildModel } from './rebuild-model.ts';
import type { RuleCost } from './rule-costs.ts';
import type { Spread } from './statistics.ts';
import type { FirstRun, ImageTotals } from './walk-types.ts';

/** What `mirrorlock simulate --json` prints; docs/json.md describes it. Times are ISO 8601, UTC. */
export interface SimulationReport {
  readonly schema: 'mirrorlock/simulate/v1';
  readonly inputs: Inputs;
  readonly history: HistoryFigures;
  readonly scenarios: readonly ScenarioReport[];
  readonly backTest: { readonly runs: number; readonly imagesChecked: number };
  readonly assumptions: readonly string[];
  readonly warnings: readonly Problem[];
}

export interface Inputs {
  readonly upstream: { readonly repository: string; readonly from: string; readonly to: string };
  readonly firstRun: string;
  readonly lastRun: string;
  readonly everySeconds: number;
  readonly limit: number | null;
  readonly rebuildModel: RebuildModel | null;
}

/** What the whole library did, whatever the rules. */
export interface HistoryFigures {
  readonly commits: number;
  readonly windows: number;
  readonly windowsWithCommit: number;
  readonly changedFiles: number;
  readonly groupsInChangedFiles: number;
  /** Groups whose tags or builds are new, a window that has any. */
  readonly groupsChanged: Spread;
}

export interface ScenarioReport {
  readonly config: string;
  readonly rebuilds: 'proved' | 'modelled';
  /** Two sentences. */
  readonly conclusion: readonly [string, string];
  readonly first: FirstRun & { readonly windowsAtLimit: number | null };
  readonly runs: { readonly total: number; readonly changed: number; readonly unchanged: number };
  readonly pullRequestsPerWeek: number;
  /** A run that has any. */
  readonly perRun: Readonly<Record<PerRun, Spread>>;
  readonly limit: LimitFigures | null;
  readonly evidence: EvidenceFigures;
  readonly ways: readonly Way[];
  readonly images: readonly ImageTotals[];
  /** Of the proved scenario only. */
  readonly rules: readonly RuleCost[];
  /** The runs that changed something, or in which pulls waited. */
  readonly series: readonly SeriesPoint[];
}

export type PerRun =
  | 'groups'
  | 'tagsAdded'
  | 'tagsRemoved'
  | 'tagsMoved'
  | 'tagsRebuilt'
  | 'groupsRebuilt'
  | 'releases'
  | 'rebuilds'
  | 'endings'
  | 'lines'
  | 'pulls';

export interface LimitFigures {
  readonly pulls: number;
  /** Windows that ask for more than the limit. */
  readonly windowsOver: number;
  readonly windowsWaiting: number;
  readonly mostWaiting: number;
  /** The most runs in a row after which anything waited. */
  readonly longestWaitWindows: number;
  /** The most runs in a row after which one and the same pull waited. */
  readonly longestPullWaitWindows: number;
  /** What still waits when the simulation ends. */
  readonly waitingAtEnd: number;
  /** Whether the pulls that were made and those that wait at the end fit into the range. */
  readonly isEnough: boolean;
}

/** What is read for the reviewers of the pull requests. */
export interface EvidenceFigures extends Evidence {
  /** Counted pulls. */
  readonly pulls: number;
  /** Those of them that `apply` does not need. */
  readonly extraPulls: number;
  /** Groups of which nothing was read, since the share was used up. */
  readonly unreadGroups: number;
}

export interface Way {
  readonly way: 'mirrorlock' | 'file diff' | 'skopeo sync by tag';
  readonly pulls: number;
  readonly mostInWindow: number;
  readonly windowsOver: number | null;
}

export interface SeriesPoint {
  readonly at: string;
  readonly commit: string;
  readonly moved: number;
  readonly changed: number;
  readonly pulls: number;
  readonly pulled: number;
  readonly waiting: number;
}
