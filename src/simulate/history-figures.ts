import type { Group } from '../upstream/types.ts';
import type { HistoryFigures } from './report-types.ts';
import { spread } from './statistics.ts';
import { isImage, type TimelineStep, type Version } from './timeline.ts';
import type { Windows } from './windows.ts';

/** What history proves of the whole library, in windows; run 0 is what it begins with. */
export function historyFigures(windows: Windows, timeline: readonly TimelineStep[]): HistoryFigures {
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
