import type { Rule } from '../config/types.ts';
import type { Tag } from '../core/names.ts';
import type { UpstreamImage } from '../upstream/types.ts';
import { matchesTag } from './rule-match.ts';
import { countTag, type RuleUse, unused } from './rule-use.ts';
import type { Rules, SelectedGroup, SelectedImage } from './types.ts';

/** What the rules make of one image. */
export interface ImageOutcome {
  /** Absent where no tag is wanted. */
  readonly selected?: SelectedImage;
  /** Of the rules whose `image` matches. */
  readonly uses: readonly RuleUse[];
}

/** The rules that match a tag. */
export interface Verdict {
  readonly include: readonly Rule[];
  readonly exclude: readonly Rule[];
}

/** The rules whose `image` matches `image`. */
export function rulesForImage(rules: Rules, image: string): Rules {
  const isForImage = (rule: Rule) => rule.image.matches(image);
  return { include: rules.include.filter(isForImage), exclude: rules.exclude.filter(isForImage) };
}

/** Which of an image's own rules match `tag`. */
export function judgeTag(ofImage: Rules, tag: Tag): Verdict {
  const isForTag = (rule: Rule) => matchesTag(rule, tag);
  return { include: ofImage.include.filter(isForTag), exclude: ofImage.exclude.filter(isForTag) };
}

/** A tag is wanted when an include rule matches it and no exclude rule does. */
export function isWanted({ include, exclude }: Verdict): boolean {
  return include.length > 0 && exclude.length === 0;
}

/** Applies the rules to one image. The outcome depends on nothing else, so that callers may keep it for as long as neither changes. */
export function selectImage(image: UpstreamImage, rules: Rules): ImageOutcome {
  const ofImage = rulesForImage(rules, image.name);
  const uses = new Map([...ofImage.include, ...ofImage.exclude].map((rule) => [rule, unused(rule)]));
  if (uses.size === 0) return { uses: [] };
  const isWantedTag = (tag: Tag): boolean => {
    const verdict = judgeTag(ofImage, tag);
    countVerdict(uses, tag, verdict);
    return isWanted(verdict);
  };
  const groups: SelectedGroup[] = image.groups
    .map((group) => ({ wanted: group.tags.filter(isWantedTag), group }))
    .filter(({ wanted }) => wanted.length > 0);
  return {
    ...(groups.length === 0 ? {} : { selected: { image: image.name, groups } }),
    uses: [...uses.values()],
  };
}

function countVerdict(uses: ReadonlyMap<Rule, RuleUse>, tag: Tag, verdict: Verdict): void {
  for (const rule of verdict.exclude) {
    const use = uses.get(rule);
    if (use !== undefined) countTag(use, tag, verdict.include.length > 0);
  }
  for (const rule of verdict.include) {
    const use = uses.get(rule);
    if (use === undefined) continue;
    countTag(use, tag, verdict.exclude.length === 0);
    for (const taker of verdict.exclude) use.takenBy.add(taker);
  }
}
