import type { Tag } from '../core/names.ts';
import { type TagVersion, tagVersion } from '../select/tag-version.ts';

/** The versions that the tags of one group name, those that say most of it. Empty where no tag begins with a version. */
export function groupVersions(tags: readonly Tag[]): readonly TagVersion[] {
  const versions = tags.map(tagVersion).filter((version) => version !== undefined);
  const precision = Math.max(...versions.map((version) => version.precision), 0);
  return versions.filter((version) => version.precision === precision).sort(byVersion);
}

/** How a group's versions follow those of another: `back` where all are older, `major` where no major version is in both. */
export function versionStep(from: readonly TagVersion[], to: readonly TagVersion[]): 'back' | 'major' | undefined {
  const [oldest] = from;
  const newest = to.at(-1);
  if (oldest === undefined || newest === undefined) return undefined;
  const isComparable = oldest.precision === newest.precision || oldest.lowest.major !== newest.lowest.major;
  if (isComparable && byVersion(newest, oldest) < 0) return 'back';
  const majors = new Set(from.map(({ lowest }) => lowest.major));
  return to.some(({ lowest }) => majors.has(lowest.major)) ? undefined : 'major';
}

function byVersion(one: TagVersion, other: TagVersion): number {
  return one.lowest.compare(other.lowest);
}
