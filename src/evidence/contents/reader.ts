import type { Digest, ImageName } from '../../core/names.ts';
import { normalPlatform, type PlatformText } from '../../core/platform.ts';
import { type FoldableGroup, groupsToRead } from './fold.ts';
import type { ContentsPorts } from './ports.ts';
import { type ContentsRead, readContents } from './read.ts';

/** What reading needs to know of a group; a `GroupEvidence` has it. */
export interface ReadableGroup extends FoldableGroup {
  readonly source?: {
    readonly steps: readonly {
      readonly platforms: readonly PlatformText[];
      readonly to: { readonly commit: string };
    }[];
  };
}

/** Where groups are read, and what a rewritten index is made from. */
export interface ContentsPlaces extends ContentsPorts {
  /** Upstream's digests that a digest of the lockfile is made from; empty: itself. */
  sourceDigests(image: ImageName, digest: Digest): readonly Digest[];
}

/** Reads what is inside of groups, for one platform. */
export interface ContentsReader {
  /** Of all groups, one an image, those that followers stand behind first. */
  choose<Group extends ReadableGroup>(groups: readonly Group[]): readonly Group[];
  /** Throws as `readContents` does. */
  read(group: ReadableGroup): Promise<ContentsRead>;
}

/** Opens a reader of what is inside of groups, each for the platform that `platformOf` gives of its image: the commit that a provenance has to name is that of the group's source. */
export function contentsReader(places: ContentsPlaces, platformOf: (image: ImageName) => PlatformText): ContentsReader {
  return {
    choose(groups) {
      const chosen = groupsToRead(groups);
      return chosen.sort((a, b) => b.followers.length - a.followers.length).map(({ group }) => group);
    },
    read(group) {
      const platform = normalPlatform(platformOf(group.image));
      const sources = places.sourceDigests(group.image, group.to);
      const step = group.source?.steps.find(({ platforms }) => platforms.includes(platform));
      return readContents(group, places, {
        platform,
        ...(sources.length > 0 && { sources }),
        ...(step && { expected: step.to.commit }),
      });
    },
  };
}
