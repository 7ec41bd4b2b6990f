import { createHash } from 'node:crypto';
import { bashbrewPlatforms } from '../core/platform.ts';
import type { Defaults, Entry } from './entry.ts';
import type { MergedEntry } from './manifest.ts';
import type { Build } from './types.ts';

/**
 * What each platform of an entry is built from, in the order of bashbrew's architecture names. A value for one
 * architecture, such as `s390x-GitCommit`, counts for that platform alone. `GitFetch` and `Constraints` are left out: they
 * say where a commit is found and where it is built, not what comes of it.
 */
export function buildsOf({ tags, architectures, origin: { entry, defaults } }: MergedEntry): Build[] {
  const ownKeys = [...entry.archValues.keys(), ...defaults.archValues.keys()];
  const common = sourceOf(entry, defaults, '');
  return architectures.flatMap((architecture) => {
    const platform = bashbrewPlatforms[architecture];
    const isSpecial = ownKeys.some((key) => key.startsWith(`${architecture}-`));
    const source = isSpecial ? sourceOf(entry, defaults, architecture) : common;
    return platform === undefined ? [] : [{ platform, source, tags }];
  });
}

/** bashbrew, manifest/rfc2822.go, `ArchGitCommit` and its neighbours: a value of the architecture's own comes first. */
function sourceOf({ build, archValues }: Entry, defaults: Defaults, architecture: string): string {
  const value = (field: string, common: string): string => {
    const key = `${architecture}-${field}`;
    return (archValues.get(key) ?? defaults.archValues.get(key)) || common;
  };
  const parts = [
    value('GitRepo', build.gitRepo),
    value('GitCommit', build.gitCommit),
    value('Directory', build.directory),
    value('File', build.file),
    value('Builder', build.builder),
  ];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}
