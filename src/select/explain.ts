import type { ImageName, Tag } from '../core/names.ts';
import type { Library, UpstreamImage } from '../upstream/types.ts';
import { nearMiss } from './near-miss.ts';
import { nearest } from './nearest.ts';
import { sortRules } from './order.ts';
import { placeText } from './rule-text.ts';
import { judgeTag, rulesForImage, selectImage } from './select-image.ts';
import type { Fate, ImageFate, RefusedImage, RuleCount, Rules, UnknownImage } from './types.ts';

const shownNames = 5;

/** Why `tag` of `image` is wanted or not, by the same judgement as `select`. Rules come sorted by place. */
export function explain(library: Library, rules: Rules, image: ImageName, tag: Tag): Fate {
  const upstreamImage = findImage(library, image);
  if (upstreamImage === undefined) return missingImage(library, image);
  const group = upstreamImage.groups.find(({ tags }) => tags.includes(tag));
  if (group === undefined) return unknownTag(upstreamImage, tag);
  const verdict = judgeTag(rulesForImage(rules, image), tag);
  const included = sortRules(verdict.include);
  if (included.length === 0) {
    const miss = nearMiss(rules.include, image, tag);
    return { kind: 'unmatched', group, ...(miss === undefined ? {} : { nearMiss: miss }) };
  }
  if (verdict.exclude.length === 0) return { kind: 'selected', by: included, group };
  return { kind: 'excluded', by: sortRules(verdict.exclude), included, group };
}

/** What becomes of `image` as a whole: how many of its tags each rule matches and decides. */
export function explainImage(library: Library, rules: Rules, image: ImageName): ImageFate {
  const upstreamImage = findImage(library, image);
  if (upstreamImage === undefined) return missingImage(library, image);
  const { selected, uses } = selectImage(upstreamImage, rules);
  const counts = new Map(
    uses.map(({ rule, matched, decided }): [typeof rule, RuleCount] => [rule, { rule, matched, decided }]),
  );
  const ordered = [...sortRules(rules.include), ...sortRules(rules.exclude)].flatMap((rule) => counts.get(rule) ?? []);
  return {
    kind: 'image',
    tagCount: countTags(upstreamImage.groups.map(({ tags }) => tags)),
    wantedCount: countTags(selected?.groups.map(({ wanted }) => wanted) ?? []),
    rules: ordered.filter(({ matched }) => matched > 0),
  };
}

function findImage(library: Library, image: ImageName): UpstreamImage | undefined {
  return library.images.find(({ name }) => name === image);
}

function countTags(lists: readonly (readonly Tag[])[]): number {
  return lists.reduce((sum, tags) => sum + tags.length, 0);
}

function missingImage(library: Library, image: ImageName): UnknownImage | RefusedImage {
  const refusal = library.refusals.find((candidate) => candidate.image === image);
  if (refusal === undefined) {
    return {
      kind: 'unknown-image',
      nearest: nearest(
        image,
        library.images.map(({ name }) => name),
        shownNames,
      ),
    };
  }
  const { file, line, message, value } = refusal;
  return {
    kind: 'refused-image',
    message: `${placeText({ file, ...(line === undefined ? {} : { line }) })}: ${message}${value === undefined ? '' : ` (${value})`}`,
  };
}

function unknownTag({ groups }: UpstreamImage, tag: Tag): Fate {
  const tags = groups.flatMap((group) => group.tags);
  return { kind: 'unknown-tag', nearest: nearest(tag, tags, shownNames), tagCount: tags.length };
}
