import type { Rule } from '../config/types.ts';
import type { Library, UpstreamImage } from '../upstream/types.ts';
import { compareText } from './order.ts';
import { addUse, type RuleUse, unused } from './rule-use.ts';
import { type ImageOutcome, selectImage } from './select-image.ts';
import type { Rules, SelectedImage, Selection } from './types.ts';
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
