import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import type { Problem } from '../core/problem.ts';
import type { Group, UpstreamHistory } from '../upstream/types.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import { LockText } from './lock-text.ts';
import type { SimulationOptions } from './options.ts';
import type { RebuildModel } from './rebuild-model.ts';
import { countBuilds, drawRebuilds, type Rebuilds } from './rebuilds.ts';
import type { HistoryFigures, ScenarioReport, SimulationReport } from './report-types.ts';
import { ruleCosts } from './rule-costs.ts';
import { moment, scenarioReport } from './scenario-report.ts';
import { spread, sum } from './statistics.ts';
import { isImage, readTimeline, type TimelineStep, type Version } from './timeline.ts';
import { walk } from './walk.ts';
import { layWindows, type Windows } from './windows.ts';

/** A history laid out for the runs of a simulation: what its walks share. */
interface World {
  readonly history: UpstreamHistory;
  readonly options: SimulationOptions;
  readonly windows: Windows;
  readonly timeline: readonly TimelineStep[];
  /** Absent: no model of rebuilds is asked for. */
  readonly rebuilds: Rebuilds | undefined;
  readonly text: LockText;
}

/** What came of one walk. */
export interface Walked {
  readonly scenario: ScenarioReport;
  /** How many images the back-test looked at, over all runs. */
  readonly imagesChecked: number;
}

/**
 * Reads a history for the runs that the options ask for. Throws a UserError `simulate/too-many-runs`.
 *
 * @param text how lines are counted; walks that share it write each entry once
 */
export function layOut(history: UpstreamHistory, options: SimulationOptions, text = new LockText()): World {
  const windows = layWindows(history, options);
  const timeline = readTimeline(history, windows);
  const model = options.rebuilds;
  const rebuilds = model && drawRebuilds(model, timeline, windows, countBuilds(timeline, windows));
  return { history, options, windows, timeline, rebuilds, text };
}

/** The names of all images of the history, each with the tags that it had at one of the times that are walked through. */
export function namesOf({ timeline }: World): { readonly name: string; readonly tags: readonly string[] }[] {
  const versions = timeline.flatMap(({ files }) => [...files]);
  return [...groupBy(versions, ([name]) => name)].map(([name, own]) => ({
    name,
    tags: [...new Set(own.flatMap(([, version]) => groupsOf(version).flatMap(({ tags }) => tags)))],
  }));
}

/**
 * Walks through what history proves, with the rules of each configuration. Throws a UserError `simulate/back-test` where
 * something does not hold that must.
 */
export function walkProved({ timeline, windows, options, text }: World, configs: readonly Config[]): Walked[] {
  const { limit } = options;
  return configs.map((config) => {
    const evidence = evidenceOf(config, options.evidence);
    const result = walk(timeline, windows, { config, text, evidence, ...defined({ limit }) });
    const rules = ruleCosts(timeline, windows, config, result.images);
    const scenario = scenarioReport(config.file, 'proved', result, { windows, rules, limit, evidence });
    return { scenario, imagesChecked: result.checked };
  });
}

/** The same with the model's rebuilds besides; nothing where no model is asked for. Throws as {@link walkProved} does. */
export function walkModelled(
  { timeline, windows, options, rebuilds, text }: World,
  configs: readonly Config[],
): Walked[] {
  const { limit } = options;
  if (rebuilds === undefined) return [];
  return configs.map((config) => {
    const evidence = evidenceOf(config, options.evidence);
    const result = walk(timeline, windows, { config, text, rebuilds, evidence, ...defined({ limit }) });
    return {
      scenario: scenarioReport(config.file, 'modelled', result, { windows, rules: [], limit, evidence }),
      imagesChecked: result.checked,
    };
  });
}

/** The report on walks with the same configurations, in the same order. */
export function reportOf(
  { history, options, windows, timeline }: World,
  configs: readonly Config[],
  proved: readonly Walked[],
  modelled: readonly Walked[],
): SimulationReport {
  const walked = configs.flatMap((_, index) => [proved[index] ?? [], modelled[index] ?? []].flat());
  const scenarios = walked.map(({ scenario }) => scenario);
  const { rebuilds: model, limit } = options;
  return {
    schema: 'mirrorlock/simulate/v1',
    inputs: {
      upstream: {
        repository: history.repository,
        from: timeline[0]?.commit ?? '',
        to: timeline.at(-1)?.commit ?? '',
      },
      firstRun: moment(windows, 0),
      lastRun: moment(windows, windows.runs),
      everySeconds: windows.every,
      limit: limit ?? null,
      rebuildModel: model ?? null,
    },
    history: historyFigures(windows, timeline),
    scenarios,
    backTest: {
      runs: sum(scenarios.map(({ runs }) => runs.total + 1)),
      imagesChecked: sum(walked.map(({ imagesChecked }) => imagesChecked)),
    },
    assumptions: assumptions(
      model,
      limit,
      configs.map((config) => evidenceOf(config, options.evidence)),
    ),
    warnings: warningsOf(history, configs, options),
  };
}

/**
 * Goes through a history with the rules of one or more configurations, and reports what they would have cost: first what
 * history proves, then, with a model of rebuilds, both together. Pure.
 *
 * Throws UserErrors `simulate/too-many-runs`, and `simulate/back-test` where something does not hold that must.
 */
export function simulate(
  history: UpstreamHistory,
  configs: readonly Config[],
  options: SimulationOptions,
): SimulationReport {
  const world = layOut(history, options);
  return reportOf(world, configs, walkProved(world, configs), walkModelled(world, configs));
}

function warningsOf(history: UpstreamHistory, configs: readonly Config[], { until }: SimulationOptions): Problem[] {
  const late = until !== undefined && until > history.lastTime + 86_400;
  const message = 'Upstream has no commit for the last days of the range: they are left out.';
  return [
    ...history.notes,
    ...configs.flatMap(({ warnings }) => warnings),
    ...(late ? [{ code: 'simulate/after-history', severity: 'warning' as const, message }] : []),
  ];
}

/** What a simulation takes for granted, in sentences. */
function assumptions(
  model: RebuildModel | undefined,
  limit: number | undefined,
  evidence: readonly Evidence[],
): string[] {
  return [
    'The library of a moment is the last commit of the branch, along first parents, that was made before it; windows begin at midnight UTC.',
    'Run 0 makes the lockfile and the mirror is full when the simulation begins; each window ends in a run. A run that changes nothing but the pinned commit opens no pull request.',
    'A digest is a model: it changes with the repository, commit, directory, file or builder that a platform of an entry is built from. A new GitCommit counts as a new build.',
    'What is new upstream is published before the window ends; the back-test also tries that it is published late.',
    'An index costs 1 counted pull and each of its platforms 2: a manifest and its attestation. Every manifest is pulled once; what a set of shared tags and its entries have in common is counted once, as apply does.',
    'With platforms chosen, each index of upstream is read once, also where it changes in nothing that is kept; groups with none of these platforms are left out. Without attestations a platform costs 1.',
    ...(limit === undefined
      ? []
      : [
          `${limit} pulls in any six hours, used by one run after another; what waits longest goes first, and what the lockfile names no more is not waited for.`,
        ]),
    ...evidenceAssumptions(evidence),
    'A release is a group with a new tag, a rebuild one with another digest and the same tags; a group has ended where no tag of it is left and no release has its version but for the last number.',
    'Lines of the lockfile are those that a diff shows, removed and added, the pinned commit included where it moved.',
    'Mirroring by file diff pulls every wanted tag of each file that changed, `skopeo sync` by tag every wanted tag on every run; both pull 1 + 2 a platform for each tag, on all platforms. A file diff misses what is rebuilt without a trace.',
    ...(model === undefined ? [] : modelAssumptions(model)),
  ];
}

function evidenceAssumptions(evidence: readonly Evidence[]): string[] {
  const read = evidence.filter(({ kind }) => kind !== 'git');
  if (read.length === 0) return ['What a pull request says comes from git only, and costs no pull.'];
  const contents = read.find(({ kind }) => kind === 'contents');
  const what =
    contents === undefined ? 'the index' : `the index, and the manifest and attestation of ${contents.platform}`;
  return [
    `Evidence of each group with a new digest is ${what}. It is read before anything is copied, within its share of the pulls, and apply does not pull it again; only what the mirror does not keep costs more.`,
  ];
}

function modelAssumptions({ kind, share, seed }: RebuildModel): string[] {
  const percent = Math.round(share * 1000) / 10;
  const unit =
    kind === 'bases'
      ? 'entries whose tags name the same release of a base image are rebuilt together; others with their image'
      : 'the entries of one image are rebuilt together';
  return [
    `Modelled, not proved: ${percent} % of all builds come with no change in official-images (73 % of 1,760 builds that docker-library/meta recorded in three months). They are spread evenly over the range, ${unit}. Seed ${seed}. alpine, debian and ubuntu themselves are left out, as their files name each build.`,
  ];
}

/** What history proves of the whole library, in windows; run 0 is what it begins with. */
function historyFigures(windows: Windows, timeline: readonly TimelineStep[]): HistoryFigures {
  const versions = new Map<string, Version>();
  const changed: number[] = [];
  let [files, groupsInFiles] = [0, 0];
  for (const step of timeline) {
    let fresh = 0;
    for (const [name, version] of step.files) {
      const before = new Set(groupsOf(versions.get(name)).map(contentOf));
      const groups = groupsOf(version);
      fresh += groups.filter((group) => !before.has(contentOf(group))).length;
      versions.set(name, version);
      if (step.run === 0) continue;
      files += 1;
      groupsInFiles += groups.length;
    }
    if (step.run > 0) changed.push(fresh);
  }
  const beginsInside = windows.windowsWithCommit > timeline.filter(({ run }) => run > 0).length;
  return {
    commits: windows.commits,
    windows: windows.runs + (beginsInside ? 1 : 0),
    windowsWithCommit: windows.windowsWithCommit,
    changedFiles: files,
    groupsInChangedFiles: groupsInFiles,
    groupsChanged: spread(changed.filter((count) => count > 0)),
  };
}

function groupsOf(version: Version): readonly Group[] {
  return isImage(version) ? version.groups : [];
}

function contentOf({ tags, builds = [] }: Group): string {
  return [...tags, ...builds.map(({ platform, source }) => platform + source)].join(' ');
}
