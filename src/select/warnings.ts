import type { Rule } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import type { Library } from '../upstream/types.ts';
import { hintForPattern, hintForRanges, hintForRule } from './hints.ts';
import { sortProblems, sortRules } from './order.ts';
import { type Alternative, matchesTagField, matchesVersionsField } from './rule-match.ts';
import { countedTags, named, placeText, ruleText } from './rule-text.ts';
import type { RuleUse } from './rule-use.ts';

/** A hint compares with every tag of the rule's images: a rule of thousands of patterns gets it for the first ones. */
const hintedAlternatives = 10;

/**
 * The warnings about rules that are of no use, sorted by place. A rule that is for an image whose file was refused gets none:
 * nobody knows what it would match.
 */
export function selectionWarnings(
  library: Library,
  uses: readonly RuleUse[],
  nothingSelected: boolean,
): readonly Problem[] {
  const known = uses.filter(({ rule }) => !library.refusals.some(({ image }) => rule.image.matches(image)));
  return sortProblems([
    ...known.flatMap((use) => ruleWarnings(library, use)),
    ...(nothingSelected ? [nothingSelectedWarning(library)] : []),
  ]);
}

function ruleWarnings(library: Library, use: RuleUse): readonly Problem[] {
  const { rule, matched, decided, idle } = use;
  if (matched === 0) return [matchesNothing(library, rule)];
  if (rule.kind === 'exclude') return [];
  return [
    ...(decided === 0 ? [hasNoEffect(use)] : []),
    ...idle.map((alternative, index) =>
      idleWarning(rule, alternative, index < hintedAlternatives ? idleHint(library, rule, alternative) : ''),
    ),
  ];
}

function matchesNothing(library: Library, rule: Rule): Problem {
  return {
    code: 'select/rule-matches-nothing',
    severity: 'warning',
    message: `This ${rule.kind} rule matches no tag of upstream.`,
    place: rule.place,
    value: ruleText(rule),
    hint: hintForRule(rule, library),
  };
}

function hasNoEffect({ rule, matched, takenBy }: RuleUse): Problem {
  const takers = sortRules(takenBy).map((taker) => `${ruleText(taker)} at ${placeText(taker.place)}`);
  return {
    code: 'select/rule-has-no-effect',
    severity: 'warning',
    message: `Exclude rules take every tag that this include rule matches (${countedTags(matched)}).`,
    place: rule.place,
    value: ruleText(rule),
    hint: `They are excluded by ${takers.join(', and ')}.`,
  };
}

function idleWarning(rule: Rule, alternative: Alternative, hint: string): Problem {
  const text = alternative.field === 'tags' ? alternative.pattern.text : alternative.range.text;
  return {
    code: 'select/pattern-matches-nothing',
    severity: 'warning',
    message: `${named(text)} in the ${named(alternative.field)} of this include rule matches nothing, while others there do.`,
    place: rule.place,
    value: text,
    ...(hint === '' ? {} : { hint }),
  };
}

/** Compares with the tags that the rule's other field leaves. */
function idleHint(library: Library, rule: Rule, alternative: Alternative): string {
  const tags = library.images
    .filter(({ name }) => rule.image.matches(name))
    .flatMap(({ groups }) => groups.flatMap((group) => group.tags));
  if (alternative.field === 'versions') {
    return hintForRanges(
      [alternative.range],
      tags.filter((tag) => matchesTagField(rule, tag)),
    );
  }
  return hintForPattern(
    alternative.pattern,
    tags.filter((tag) => matchesVersionsField(rule, tag)),
  );
}

function nothingSelectedWarning({ images, refusals }: Library): Problem {
  const refused = refusals.length === 0 ? '' : `, and ${refusals.length} more whose files were refused`;
  return {
    code: 'select/nothing-selected',
    severity: 'warning',
    message: 'The rules select no tag at all.',
    hint: `Upstream has ${images.length} images${refused}; an include rule such as ${named('alpine')} selects every tag of one.`,
  };
}
