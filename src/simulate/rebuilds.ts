import { createHash } from 'node:crypto';
import type { Build, UpstreamImage } from '../upstream/types.ts';
import type { RebuildModel } from './rebuild-model.ts';
import { isImage, type TimelineStep } from './timeline.ts';
import type { Windows } from './windows.ts';

/** How often entries were built in a range, with a change in their file. */
interface BuildCounts {
  /** Entries whose source changed, or that are new. */
  readonly traced: number;
  /** The sum, over the windows, of how many entries there are. */
  readonly entryWindows: number;
}

/** The rebuilds that a model adds. */
export interface Rebuilds {
  readonly unitOf: UnitOf;
  /** For a run the units that were rebuilt in the window before it. */
  readonly byRun: ReadonlyMap<number, readonly string[]>;
  readonly unitsOfImage: (image: UpstreamImage) => ReadonlySet<string>;
  /** The chance that an entry is rebuilt in a window. */
  readonly chance: number;
}

/** Counts the builds that history proves, of the whole library. */
export function countBuilds(timeline: readonly TimelineStep[], { runs }: Windows): BuildCounts {
  const sources = new Map<string, ReadonlySet<string>>();
  let [traced, entryWindows, entries, lastRun] = [0, 0, 0, 0];
  for (const { run, files } of timeline) {
    entryWindows += entries * (run - lastRun);
    lastRun = run;
    for (const [name, version] of files) {
      if (version !== undefined && !isImage(version)) continue;
      const before = sources.get(name) ?? new Set();
      const after = sourcesOf(version);
      if (run > 0) for (const source of after) traced += before.has(source) ? 0 : 1;
      entries += after.size - before.size;
      sources.set(name, after);
    }
  }
  return { traced, entryWindows: entryWindows + entries * (runs - lastRun) };
}

function sourcesOf(image: UpstreamImage | undefined): Set<string> {
  const entries = image === undefined ? [] : entriesOf(image);
  return new Set(entries.map(({ builds = [] }) => builds.map(({ platform, source }) => platform + source).join()));
}

/**
 * Draws the rebuilds that leave no trace: in each window each unit has the same chance, such that, on average, they are the
 * model's share of all builds of the whole library. Equal models, histories and ranges give equal rebuilds.
 */
export function drawRebuilds(
  model: RebuildModel,
  timeline: readonly TimelineStep[],
  windows: Windows,
  counts: BuildCounts,
): Rebuilds {
  const unitOf = unitsOf(model, timeline);
  const unitsOfImage = rememberUnits(unitOf);
  const untraced = (counts.traced * model.share) / (1 - model.share);
  const chance = counts.entryWindows === 0 ? 0 : Math.min(0.5, untraced / counts.entryWindows);
  const images = timeline.flatMap(({ files }) => [...files.values()].filter(isImage));
  const units = new Set(images.flatMap((image) => [...unitsOfImage(image)]));
  const byRun = new Map<number, string[]>();
  for (const unit of [...units].sort()) {
    for (const run of drawRuns(`${model.seed} ${unit}`, chance, windows.runs)) {
      byRun.set(run, [...(byRun.get(run) ?? []), unit]);
    }
  }
  return { unitOf, unitsOfImage, byRun, chance };
}

function rememberUnits(unitOf: UnitOf): (image: UpstreamImage) => ReadonlySet<string> {
  const known = new WeakMap<UpstreamImage, ReadonlySet<string>>();
  return (image) => {
    const units = known.get(image) ?? new Set(entriesOf(image).flatMap((group) => unitOf(image.name, group) ?? []));
    known.set(image, units);
    return units;
  };
}

/** The runs, from 1 to `runs`, that a chance hits: the gaps between them are drawn, so that the rest costs nothing. */
function* drawRuns(seed: string, chance: number, runs: number): Generator<number> {
  if (chance <= 0) return;
  for (let draw = 0, run = 0; ; draw++) {
    run += 1 + Math.floor(Math.log(uniform(`${seed} ${draw}`)) / Math.log1p(-chance));
    if (run > runs) return;
    yield run;
  }
}

/** A number above 0 and up to 1 that follows from a text. */
function uniform(seed: string): number {
  return (createHash('sha256').update(seed).digest().readUInt32BE() + 1) / 2 ** 32;
}

/** Images whose files name the content of their releases itself, so that no rebuild of them goes without a trace. */
const baseImages = ['alpine', 'debian', 'ubuntu'];

/** Tags of base images that name no release, but the newest of a kind. */
const rollingNames = new Set(
  'latest stable testing unstable experimental oldstable oldoldstable devel rolling edge'.split(' '),
);

/** The name of what an entry is rebuilt together with; undefined where it never is without a trace. */
type UnitOf = (image: string, build: Pick<Build, 'tags'>) => string | undefined;

/**
 * Tells what entries are rebuilt together: those whose tags name the same release of a base image (`trixie`, `noble`,
 * `alpine3.22`, `windowsservercore-ltsc2025`); entries that name none, or all where the model says so, by image. The names of
 * releases are the tags of `debian` and `ubuntu` themselves.
 */
function unitsOf(model: RebuildModel, timeline: readonly TimelineStep[]): UnitOf {
  const releases = model.kind === 'bases' ? releaseNames(timeline) : undefined;
  const known = new WeakMap<readonly string[], string>();
  return (image, { tags }) => {
    if (baseImages.includes(image)) return undefined;
    const unit = known.get(tags) ?? (releases && releaseOf(tags, releases)) ?? `image ${image}`;
    known.set(tags, unit);
    return unit;
  };
}

function releaseNames(timeline: readonly TimelineStep[]): Set<string> {
  const versions = timeline.flatMap(({ files }) => ['debian', 'ubuntu'].map((name) => files.get(name)));
  const tags = new Set(versions.filter(isImage).flatMap(({ groups }) => groups.flatMap((group) => group.tags)));
  return new Set([...tags].filter((tag) => /^[a-z]{3,}$/.test(tag) && !rollingNames.has(tag)));
}

function releaseOf(tags: readonly string[], releases: ReadonlySet<string>): string | undefined {
  for (const tag of tags) {
    const fixed = /(?:^|-)(alpine\d+\.\d+|(?:windowsservercore|nanoserver)-\w+)/.exec(tag)?.[1];
    const release = fixed ?? tag.split('-').find((word) => releases.has(word));
    if (release !== undefined) return release;
  }
  return undefined;
}

/** The entries of an image: its groups that are no sets of shared tags. */
function entriesOf({ groups }: UpstreamImage) {
  return groups.filter(({ shared }) => !shared);
}
