import type { Config, Rule } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import type { Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { someOf } from '../core/words.ts';
import type { Rules } from '../select/types.ts';
import { isPending, type LockEntry, type LockedImage, type Lockfile } from './types.ts';
import { wantedByRules } from './wanted-tags.ts';

const shownTags = 5;

/**
 * Why a lockfile no longer fits its configuration, found without asking anyone; nothing when it does. The rules are tried
 * on each locked tag also where the hash is right: git merges a rule and a tag that it excludes without a conflict.
 */
export function staleness(lockfile: Lockfile, config: Config): Problem[] {
  const unwanted = unwantedProblems(lockfile.images, config);
  if (lockfile.configHash === config.contentHash) return unwanted;
  const reasons = [...otherUpstream(lockfile, config), ...unwanted, ...unusedRules(lockfile.images, config)];
  return reasons.length > 0 ? reasons : [stale('mirrors.yaml has changed since the lockfile was made.')];
}

function otherUpstream({ upstream }: Lockfile, config: Config): Problem[] {
  const { repository } = config.upstream;
  if (upstream.repository === repository) return [];
  return [stale(`The lockfile was made from another upstream than ${repository}.`, upstream.repository)];
}

/** The locked tags that the rules do not want, pending ones too, such as `alpine:3.20`. */
export function unwantedTags(images: readonly LockedImage[], rules: Rules): string[] {
  const wants = wantedByRules(rules);
  return images.flatMap(({ image, entries }) =>
    [...tagsOf(entries)].filter((tag) => !wants(image, tag)).map((tag) => `${image}:${tag}`),
  );
}

function unwantedProblems(images: readonly LockedImage[], rules: Rules): Problem[] {
  const unwanted = unwantedTags(images, rules);
  if (unwanted.length === 0) return [];
  return [stale('The lockfile holds tags that no rule wants any more.', someOf(unwanted, shownTags))];
}

function unusedRules(images: readonly LockedImage[], { include, exclude }: Rules): Problem[] {
  const isUnused = (rule: Rule) => {
    const wants = wantedByRules({ include: [rule], exclude });
    return !images.some(({ image, entries }) => [...tagsOf(entries)].some((tag) => wants(image, tag)));
  };
  return include.filter(isUnused).map((rule) => ({
    ...stale('No tag of the lockfile comes from this rule.', rule.image.text),
    place: rule.place,
  }));
}

/** Each tag once: one that is held while its group is pending stands in two entries. */
function tagsOf(entries: readonly LockEntry[]): Set<Tag> {
  return new Set(entries.flatMap((entry) => (isPending(entry) ? entry.pending : entry.tags)));
}

function stale(message: string, value?: string): Problem {
  const hint = 'Run `mirrorlock lock`.';
  return { code: 'lock/stale', severity: 'error', message, ...defined({ value }), hint };
}
