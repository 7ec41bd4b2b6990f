import type { Digest, ImageName } from '../core/names.ts';
import type { ImageDiff } from '../diff/types.ts';
import { type LockedGroup, type LockedImage, lockedGroups } from '../lock/types.ts';
import { tagVersion } from '../select/tag-version.ts';
import type { Finding, Step } from './findings.ts';
import { groupVersions, versionStep } from './group-versions.ts';

type Before = LockedImage | undefined;

/** Tags without a version of their own, such as `latest`, whose groups' other tags tell of another major or an older version. */
export function findVersionSteps(image: ImageName, steps: readonly Step[], before: Before, after: Before): Finding[] {
  return steps.flatMap(({ from, to, tags }): Finding[] => {
    const floating = tags.filter((tag) => tagVersion(tag) === undefined);
    const [old, young] = [
      groupVersions(groupOf(before, from)?.tags ?? []),
      groupVersions(groupOf(after, to)?.tags ?? []),
    ];
    const kind = versionStep(old, young);
    const [oldest, newest] = [old[0], young.at(-1)];
    if (floating.length === 0 || kind === undefined || oldest === undefined || newest === undefined) return [];
    return [{ kind, image, tags: floating, from: oldest.text, to: newest.text }];
  });
}

/** Tags whose new index has fewer platforms than the old one, where the lockfiles know them. */
export function findPlatformsLost({ image, platforms = [] }: ImageDiff): Finding[] {
  return platforms.flatMap(({ tags, lost }) => (lost.length === 0 ? [] : [{ kind: 'platforms', image, tags, lost }]));
}

function groupOf(image: Before, digest: Digest): LockedGroup | undefined {
  return lockedGroups(image).find((group) => group.digest === digest);
}
