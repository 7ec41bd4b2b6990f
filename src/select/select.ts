import type { Config, Rule } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import type { Tag } from '../core/names.ts';
import { didYouMean, nearest } from '../core/nearest.ts';
import type { Problem } from '../core/problem.ts';
import type { Library, UpstreamImage } from '../upstream/types.ts';
import { addUse, countTag, matchesTag, type RuleUse, unused } from './rule-match.ts';
import { compareText } from './tag-version.ts';
import type { Rules, SelectedGroup, SelectedImage, Selection } from './types.ts';
import { selectionWarnings } from './warnings.ts';

/**
 * Applies the rules to the library: a tag is wanted when an include rule matches it and no exclude rule does. Gives the images
 * sorted by name, with only the groups that have a wanted tag, and a warning for each rule that is not of use. Pure, and the
 * same for any order of rules of one kind.
 */
export function select(library: Library, rules: Rules): Selection {
  return createSelector(rules)(library);
}

/**
 * A {@link select} for one set of rules that remembers what it made of each image: walking through history, it reads only
 * images that are new objects. The memory goes with the image objects.
 */
export function createSelector(rules: Rules): (library: Library) => Selection {
  const outcomes = new WeakMap<UpstreamImage, ImageOutcome>();
  const outcomeOf = (image: UpstreamImage): ImageOutcome => {
    const known = outcomes.get(image);
    if (known !== undefined) return known;
    const outcome = selectImage(image, rules);
    outcomes.set(image, outcome);
    return outcome;
  };
  return (library) => {
    const all = library.images.map(outcomeOf);
    const images = all.flatMap(({ selected }): SelectedImage[] => (selected === undefined ? [] : [selected]));
    images.sort((one, other) => compareText(one.image, other.image));
    return { images, warnings: selectionWarnings(library, totalUses(rules, all), images.length === 0) };
  };
}

function totalUses(rules: Rules, outcomes: readonly ImageOutcome[]): readonly RuleUse[] {
  const totals = new Map<Rule, RuleUse>([...rules.include, ...rules.exclude].map((rule) => [rule, unused(rule)]));
  for (const use of outcomes.flatMap(({ uses }) => uses)) {
    const total = totals.get(use.rule);
    if (total !== undefined) addUse(total, use);
  }
  return [...totals.values()];
}

/** What the rules make of one image. */
interface ImageOutcome {
  /** Absent where no tag is wanted. */
  readonly selected?: SelectedImage;
  /** Of the rules whose `image` matches. */
  readonly uses: readonly RuleUse[];
}

/** The rules that match a tag. */
interface Verdict {
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

/** Warnings about overrides that match no image of upstream. Those of an image whose file was refused get none. */
export function overrideWarnings({ overrides = [] }: Pick<Config, 'overrides'>, library: Library): Problem[] {
  const names = [...library.images.map(({ name }) => name), ...library.refusals.map(({ image }) => image)];
  return overrides
    .filter(({ image }) => !names.some((name) => image.matches(name)))
    .map(({ image, place }) => {
      const upstreamNames = library.images.map(({ name }) => name);
      const hint = didYouMean(nearest(image.text, upstreamNames, 1));
      const message = 'This override matches no image of upstream.';
      return {
        code: 'select/override-matches-nothing',
        severity: 'warning',
        message,
        place,
        value: image.text,
        ...defined({ hint }),
      };
    });
}
