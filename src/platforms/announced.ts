import { type Keep, type KeepRules, platformsKept } from '../config/platforms.ts';
import type { ImageName } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Problem } from '../core/problem.ts';
import { someOf } from '../core/words.ts';
import { platformsOf } from '../resolve/children.ts';
import type { ResolvedGroup, ResolvedImage } from '../resolve/types.ts';
import type { SelectedGroup, SelectedImage } from '../select/types.ts';

const shownTags = 5;

/**
 * Leaves out the groups for which upstream announces none of the platforms that are kept: nobody need ask for them.
 * There is a warning for each image that has some.
 */
export function withAnnounced(
  images: readonly SelectedImage[],
  rules: KeepRules,
): { images: SelectedImage[]; warnings: Problem[] } {
  const warnings: Problem[] = [];
  const kept = images.map(({ image, groups }) => {
    const keep = platformsKept(rules, image);
    const isLeft = ({ group }: SelectedGroup) => keep === undefined || announcedOf(group.platforms, keep).length > 0;
    const out = groups.filter((group) => !isLeft(group));
    if (out.length > 0) warnings.push(leftOut(image, out, keep?.platforms ?? []));
    return { image, groups: groups.filter(isLeft) };
  });
  return { images: kept.filter(({ groups }) => groups.length > 0), warnings };
}

/** The platforms, of those that are kept, that upstream announces for a group. */
export function announcedOf(platforms: readonly PlatformText[], keep: Keep): PlatformText[] {
  return platforms.filter((platform) => keep.platforms?.includes(platform) ?? true);
}

/**
 * Warnings about platforms that are kept and that some groups do not have: since upstream does not build them, or has not
 * published them yet. One for each image and platform.
 */
export function absentPlatforms(images: readonly ResolvedImage[], rules: KeepRules): Problem[] {
  return images.flatMap(({ image, groups }) => {
    const keep = platformsKept(rules, image);
    return (keep?.platforms ?? []).flatMap((platform) => {
      const without = groups.filter((group) => publishedOf(group)?.includes(platform) === false);
      const late = without.filter(({ group }) => group.platforms.includes(platform));
      const never = without.filter(({ group }) => !group.platforms.includes(platform));
      return [
        ...(late.length > 0 ? [absent(image, platform, late, 'late')] : []),
        ...(never.length > 0 ? [absent(image, platform, never, 'never')] : []),
      ];
    });
  });
}

/** The platforms that are kept of what a group has at the source; `undefined` where it has nothing, or is reported in another way. */
function publishedOf({ index, seen }: ResolvedGroup): PlatformText[] | undefined {
  if (index !== undefined) return platformsOf(index.children);
  return seen?.children.length === 0 ? [] : undefined;
}

function absent(
  image: ImageName,
  platform: PlatformText,
  groups: readonly SelectedGroup[],
  when: 'late' | 'never',
): Problem {
  const some = groups.length === 1 ? 'A group does' : `${groups.length} groups do`;
  const why = when === 'late' ? 'upstream announces it, and has not published it yet' : 'upstream does not build it';
  return {
    code: when === 'late' ? 'resolve/platform-not-published' : 'resolve/platform-absent',
    severity: 'warning',
    message: `${some} not have ${platform}: ${why}.`,
    value: tagsText(image, groups),
  };
}

function leftOut(image: ImageName, groups: readonly SelectedGroup[], platforms: readonly PlatformText[]): Problem {
  const some = groups.length === 1 ? 'A group is' : `${groups.length} groups are`;
  return {
    code: 'resolve/no-platform-left',
    severity: 'warning',
    message: `${some} left out: upstream builds none of ${platforms.join(', ')} for it.`,
    value: tagsText(image, groups),
    hint: `Exclude these tags, or choose other \`platforms\` for ${image} under \`overrides\`.`,
  };
}

function tagsText(image: ImageName, groups: readonly SelectedGroup[]): string {
  const tags = groups.flatMap(({ wanted }) => wanted);
  return `${image}: ${someOf(tags, shownTags)}`;
}
