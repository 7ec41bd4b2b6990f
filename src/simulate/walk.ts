import type { UserError } from '../core/problem.ts';
import { type TagStep, tagSteps } from '../diff/diff.ts';
import { assembleLockfile } from '../lock/assemble.ts';
import { formatLockfile } from '../lock/format.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { LockedImage } from '../lock/types.ts';
import { wantedByRules } from '../lock/wanted-tags.ts';
import { backTestError } from './back-test.ts';
import { contentModel, type EpochOf } from './content.ts';
import { type ImageSetup, type ImageStep, ImageWalk } from './image-walk.ts';
import { lockfileOf, sameEntries } from './lock-text.ts';
import { type EvidenceLimits, Mirror } from './mirror.ts';
import { sumOfReadings } from './reading.ts';
import type { Rebuilds } from './rebuilds.ts';
import { sum } from './statistics.ts';
import { isImage, type TimelineStep } from './timeline.ts';
import type { FirstRun, ImageTotals, RunResult, Scenario, WalkResult } from './walk-types.ts';
import type { Windows } from './windows.ts';

/**
 * Goes through history run by run and does what `lock` and `apply` would, only for the images that changed. Throws the
 * error of the back-test at the first run in which something that must hold does not.
 */
export function walk(timeline: readonly TimelineStep[], windows: Windows, scenario: Scenario): WalkResult {
  return new Walk(timeline, windows, scenario).result();
}

class Walk {
  readonly #timeline: ReadonlyMap<number, TimelineStep>;
  readonly #windows: Windows;
  readonly #scenario: Scenario;
  readonly #walks = new Map<string, ImageWalk>();
  readonly #epochs = new Map<string, number>();
  readonly #setup: ImageSetup;
  readonly #unlimited: Mirror;
  readonly #limited: Mirror;
  readonly #totals = new Map<string, ImageTotals>();
  readonly #byTag = new Map<string, number>();
  #commit = '';
  #bySync = 0;
  #checked = 0;

  constructor(timeline: readonly TimelineStep[], windows: Windows, scenario: Scenario) {
    this.#timeline = new Map(timeline.map((step) => [step.run, step]));
    this.#windows = windows;
    this.#scenario = scenario;
    const { config, rebuilds, evidence, limit } = scenario;
    const reviewedPlatform = evidence?.kind === 'contents' ? evidence.platform : undefined;
    const limits = evidenceLimits(scenario);
    this.#unlimited = new Mirror(undefined, limits);
    this.#limited = new Mirror(limit, limits);
    const epochOf: EpochOf | undefined = rebuilds && ((image, build) => this.#epochOf(rebuilds, image, build));
    this.#setup = { rules: config, contentOf: contentModel(config, epochOf, reviewedPlatform), text: scenario.text };
  }

  result(): WalkResult {
    const first = this.#firstRun();
    const runs: RunResult[] = [];
    const bySyncOfRuns: number[] = [];
    for (let run = 1; run <= this.#windows.runs; run++) {
      const result = this.#run(run);
      if (result !== undefined) runs.push(result);
      bySyncOfRuns.push(result?.bySync ?? this.#bySync);
    }
    this.#checkWhole(this.#windows.runs);
    const images = [...this.#totals.values()];
    return {
      first,
      runs,
      bySyncTotal: sum(bySyncOfRuns),
      bySyncMost: bySyncOfRuns.reduce((most, pulls) => Math.max(most, pulls), 0),
      bySyncOver: (budget) => bySyncOfRuns.filter((pulls) => pulls > budget).length,
      images,
      longestPullWait: this.#limited.longestPullWait,
      checked: this.#checked,
    };
  }

  #firstRun(): FirstRun {
    const steps = this.#steps(0);
    const pulls = this.#unlimited.fill(steps);
    this.#limited.fill(steps);
    this.#checkWhole(0);
    const locked = this.#lockedImages();
    return {
      images: locked.length,
      groups: sum(steps.map(({ groups }) => groups)),
      tags: sum(steps.map(({ diff }) => diff?.added.length ?? 0)),
      lines: sum(steps.map(({ lines }) => lines)),
      pulls,
    };
  }

  #run(run: number): RunResult | undefined {
    const hasCommit = this.#timeline.has(run);
    const steps = this.#steps(run);
    if (steps.length === 0 && this.#limited.isIdle) return undefined;
    const time = this.#windows.first + run * this.#windows.every;
    const { pulled: pulls, byImage: pulledBy } = this.#unlimited.run(time, steps);
    const { pulled, waiting, evidence } = this.#limited.run(time, steps);
    const images = steps.filter(({ diff }) => diff !== undefined);
    for (const step of images) this.#addTotals(step, pulledBy.get(step.image) ?? 0);
    const diffs = images.flatMap((step) => step.diff ?? []);
    const rebuilt = sum(diffs.flatMap((diff) => diff.rebuilt.map(({ tags }) => tags.length)));
    const tags = diffs.flatMap(tagSteps);
    const count = (is: (step: TagStep) => boolean) => tags.filter(is).length;
    const changedFiles = hasCommit ? [...(this.#timeline.get(run)?.files.keys() ?? [])] : [];
    return {
      run,
      commit: this.#commit,
      images: images.map(({ image }) => image),
      groups: sum(steps.map(({ groups }) => groups)),
      added: count(({ from }) => from === undefined),
      removed: count(({ to }) => to === undefined),
      moved: count(({ from, to }) => from !== undefined && to !== undefined) - rebuilt,
      rebuilt,
      rebuiltGroups: sum(diffs.map((diff) => diff.rebuilt.length)),
      lines: sum(steps.map(({ lines }) => lines)) + (images.length > 0 && hasCommit ? linesOfCommit : 0),
      pulls,
      pulled,
      waiting,
      evidence,
      reading: sumOfReadings(images.map(({ reading }) => reading)),
      byFileDiff: sum(changedFiles.map((name) => this.#byTag.get(name) ?? 0)),
      bySync: this.#bySync,
    };
  }

  /** Takes each image that changed, or of which something was rebuilt, one step on. */
  #steps(run: number): ImageStep[] {
    const timelineStep = this.#timeline.get(run);
    this.#commit = timelineStep?.commit ?? this.#commit;
    const versions = new Map(timelineStep?.files ?? []);
    for (const [name, image] of this.#rebuiltImages(run)) if (!versions.has(name)) versions.set(name, image.version);
    const steps: ImageStep[] = [];
    for (const [name, version] of versions) {
      const image = this.#walks.get(name) ?? new ImageWalk(name, this.#setup);
      this.#walks.set(name, image);
      const step = image.step(version);
      if (step === undefined) continue;
      this.#checked += 1;
      this.#bySync += step.byTag - (this.#byTag.get(name) ?? 0);
      this.#byTag.set(name, step.byTag);
      steps.push(step);
    }
    const broken = [
      ...steps.flatMap((step) => step.broken.map((what) => `${step.image}: ${what}`)),
      ...this.#scenario.text.unreadable.map((what) => `a lockfile is read back as it was written: ${what}`),
    ];
    if (broken.length > 0) throw this.#failure(run, broken);
    return steps;
  }

  #rebuiltImages(run: number): [string, ImageWalk][] {
    const { rebuilds } = this.#scenario;
    const units = rebuilds?.byRun.get(run) ?? [];
    for (const unit of units) this.#epochs.set(unit, (this.#epochs.get(unit) ?? 0) + 1);
    if (rebuilds === undefined || units.length === 0) return [];
    return [...this.#walks].filter(([, { version }]) => {
      const own = isImage(version) ? rebuilds.unitsOfImage(version) : new Set();
      return units.some((unit) => own.has(unit));
    });
  }

  #epochOf({ unitOf }: Rebuilds, image: string, build: Parameters<EpochOf>[1]): number {
    const unit = unitOf(image, build);
    return unit === undefined ? 0 : (this.#epochs.get(unit) ?? 0);
  }

  #addTotals({ image, diff, groups, lines }: ImageStep, pulls: number): void {
    const totals = this.#totals.get(image) ?? { image, runs: 0, groups: 0, tags: 0, lines: 0, pulls: 0 };
    this.#totals.set(image, totals);
    totals.runs += 1;
    totals.groups += groups;
    totals.lines += lines;
    totals.tags += diff === undefined ? 0 : tagSteps(diff).length;
    totals.pulls += pulls;
  }

  #lockedImages(): LockedImage[] {
    const images = [...this.#walks.values()].flatMap(({ locked }) => locked ?? []);
    return images.sort((a, b) => (a.image < b.image ? -1 : 1));
  }

  /** The lockfile as a whole: assembled at once it is what it became step by step, and it is read back as it was written. */
  #checkWhole(run: number): void {
    const locked = this.#lockedImages();
    const built = lockfileOf(locked, this.#commit);
    const resolved = [...this.#walks.values()].flatMap(({ resolved }) => resolved ?? []);
    const refused = [...this.#walks].filter(([, { version }]) => version !== undefined && !isImage(version));
    const inputs = {
      ...built,
      previous: built,
      refused: new Set(refused.map(([name]) => name)),
      wants: wantedByRules(this.#scenario.config),
    };
    const read = parseLockfile(formatLockfile(built), 'mirrors.lock.yaml');
    const broken = [
      ...(sameEntries(assembleLockfile(resolved, inputs).images, locked)
        ? []
        : ['a lockfile made at once is the one made step by step']),
      ...(sameEntries(read.images, locked) ? [] : ['a lockfile is read back as it was written: the whole one is not']),
    ];
    if (broken.length > 0) throw this.#failure(run, broken);
  }

  #failure(run: number, broken: readonly string[]): UserError {
    const at = new Date((this.#windows.first + run * this.#windows.every) * 1000).toISOString();
    return backTestError(at, this.#commit, broken);
  }
}

function evidenceLimits({ evidence, limit }: Scenario): EvidenceLimits | undefined {
  if (evidence === undefined || evidence.kind === 'git') return undefined;
  const allowed = limit === undefined ? Number.POSITIVE_INFINITY : Math.floor(limit * evidence.share);
  return { kind: evidence.kind, allowed };
}

/** The commit that the lockfile pins is one line, removed and added. */
const linesOfCommit = 2;
