import type { Build, UpstreamImage } from '../upstream/types.ts';
import type { RebuildModel } from './rebuild-model.ts';
import { isImage, type TimelineStep } from './timeline.ts';

/** Images whose files name the content of their releases itself, so that no rebuild of them goes without a trace. */
const baseImages = ['alpine', 'debian', 'ubuntu'];

/** Tags of base images that name no release, but the newest of a kind. */
const rollingNames = new Set(
  'latest stable testing unstable experimental oldstable oldoldstable devel rolling edge'.split(' '),
);

/** The name of what an entry is rebuilt together with; undefined where it never is without a trace. */
export type UnitOf = (image: string, build: Pick<Build, 'tags'>) => string | undefined;

/**
 * Tells what entries are rebuilt together: those whose tags name the same release of a base image (`trixie`, `noble`,
 * `alpine3.22`, `windowsservercore-ltsc2025`); entries that name none, or all where the model says so, by image. The names of
 * releases are the tags of `debian` and `ubuntu` themselves.
 */
export function unitsOf(model: RebuildModel, timeline: readonly TimelineStep[]): UnitOf {
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
export function entriesOf({ groups }: UpstreamImage) {
  return groups.filter(({ shared }) => !shared);
}
