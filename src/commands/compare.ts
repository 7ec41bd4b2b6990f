import type { Rule } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { groupBy } from '../core/group-by.ts';
import { placeText } from '../core/problem.ts';
import { printable } from '../core/text.ts';
import { textTable } from '../core/text-table.ts';
import { someOf } from '../core/words.ts';
import { placeName } from '../core/written-place.ts';
import { type ComparedImage, countStates, type Funnel, funnelOf, type TagState } from '../runs/compare/compare.ts';
import { type CompareOptions, type Comparison, compareSource } from '../runs/compare/read.ts';
import { ruleText } from '../select/rule-text.ts';
import type { Context, Outcome } from '../session/context.ts';
import { draftText } from '../suggest/cover.ts';

/**
 * Compares what the source has with official-images, the rules and the lockfile: why so many tags become so few. Reads lists of
 * tags, which cost no pull. Exit code 1 where a list could not be read, 4 where the source asks to wait too long.
 */
export async function compare(context: Context, options: CompareOptions): Promise<Outcome> {
  const found = await compareSource(context, options);
  const { failures, isLimited, warnings } = found;
  const funnel = funnelOf(found.images);
  const exitCode = failures.length === 0 ? ExitCode.done : isLimited ? ExitCode.budget : ExitCode.failed;
  return {
    exitCode,
    text: compareText(found, funnel, options.images.length > 0),
    json: compareJson(found, funnel),
    problems: [...warnings, ...causesOf(failures)],
  };
}

/** One problem a cause, with the images that it is about. */
function causesOf(failures: Comparison['failures']) {
  const causes = groupBy(failures, ({ problem: { code, message, value } }) => JSON.stringify([code, message, value]));
  return [...causes.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const images = someOf(own.map(({ image }) => image));
    return [{ ...first.problem, message: `No list of tags for ${images}: ${first.problem.message}` }];
  });
}

const stateWords: Readonly<Record<TagState, string>> = {
  mirrored: 'MIRRORED',
  pending: 'PENDING',
  unlocked: 'NOT LOCKED',
  excluded: 'EXCLUDED',
  unselected: 'NO RULE',
  ended: 'NOT MAINTAINED',
  unknown: 'UNKNOWN',
};
const states = Object.keys(stateWords) as TagState[];

function compareText(found: Comparison, funnel: Funnel, isDetailed: boolean): string {
  const { images } = found;
  const details = isDetailed ? images.map((image) => detailsText(image)) : [tableText(images)];
  return [...details, funnelText(found, funnel)].filter((part) => part !== '').join('\n\n');
}

function tableText(images: readonly ComparedImage[]): string {
  if (images.length === 0) return '';
  const rows = images.map(({ image, tags, isAtSource }) => {
    const counts = countStates(tags);
    return [image, isAtSource ? `${tags.length}` : '-', ...states.map((state) => `${counts[state]}`)];
  });
  return textTable(['IMAGE', 'AT SOURCE', ...states.map((state) => stateWords[state])], rows);
}

const number = new Intl.NumberFormat('en');
const count = (many: number, word: string) => `${number.format(many)} ${many === 1 ? word : `${word}s`}`;

/** Why so many tags become so few: in one line, and then step by step. */
function funnelText({ config, hasLockfile, images }: Comparison, funnel: Funnel): string {
  const { tags, maintained, selected, selectedGroups, states: of, newer, lockedEnded, absent } = funnel;
  const place = printable(placeName(config.source));
  const width = number.format(tags).length + 2;
  const line = (many: number, text: string) => `${number.format(many).padStart(width)} ${text}`;
  const part = (many: number, text: string) => (many === 0 ? [] : [line(many, `  ${text}`)]);
  const still =
    lockedEnded === 0 ? '' : `; ${number.format(lockedEnded)} of them locked until the next \`mirrorlock lock\``;
  const newerNote = newer === 0 ? '' : `; the source has a newer build of ${number.format(newer)}`;
  return [
    `${count(tags, 'tag')} of ${count(funnel.images, 'image')} at ${place} → ${number.format(maintained)} maintained` +
      ` → ${number.format(selected)} by the rules → ${count(selectedGroups, 'group')}`,
    ...part(of.unknown, 'unknown: official-images does not have the image, or its file cannot be read'),
    ...part(of.ended, `not in official-images, or not any more${still}`),
    line(maintained, `maintained, in ${count(funnel.maintainedGroups, 'group')}`),
    ...part(of.excluded, `excluded by ${excludedText(images)}`),
    ...part(of.unselected, 'selected by no rule: `mirrorlock compare IMAGE` shows rules that would add them'),
    line(selected, `selected by the rules, in ${count(selectedGroups, 'group')}`),
    ...(hasLockfile ? part(of.mirrored, `locked${newerNote}`) : []),
    ...(hasLockfile ? part(of.pending, 'pending') : []),
    ...(hasLockfile ? part(of.unlocked, 'not locked yet: run `mirrorlock lock`') : []),
    ...(absent === 0 ? [] : [`Announced by official-images and not at the source: ${count(absent, 'tag')}.`]),
  ].join('\n');
}

const shownRules = 3;
const shownTags = 6;
const shownAdditions = 20;

/** The exclude rules that decide, the ones that take the most first. */
function excludedText(images: readonly ComparedImage[]): string {
  const ranked = ruleCounts(images).map(
    ({ rule, tags }) => `${placeText(rule.place)} ${ruleText(rule)}: ${number.format(tags)}`,
  );
  return someOf(ranked, shownRules);
}

function ruleCounts(images: readonly ComparedImage[]): { readonly rule: Rule; readonly tags: number }[] {
  const uses = groupBy(
    images.flatMap(({ tags }) => tags.flatMap((tag) => tag.rules)),
    (rule) => rule,
  );
  return [...uses].map(([rule, own]) => ({ rule, tags: own.length })).sort((one, other) => other.tags - one.tags);
}

function detailsText(image: ComparedImage): string {
  const { tags, isAtSource, absent, additions } = image;
  if (!isAtSource) return `${image.image}: the source has no such repository`;
  const named = groupBy(tags, ({ state }) => state);
  const lines = states.flatMap((state) => {
    const own = named.get(state) ?? [];
    if (own.length === 0) return [];
    const names = someOf(newestFirst(own).map(tagText), shownTags);
    return [`  ${stateWords[state].toLowerCase().padEnd(15)} ${number.format(own.length).padStart(6)}  ${names}`];
  });
  const excluded = ruleCounts([image]).map(
    ({ rule, tags: many }) => `  excluded by ${placeText(rule.place)} ${ruleText(rule)}: ${count(many, 'tag')}`,
  );
  const rules = additions.map(({ draft, tags: added }) => `    - ${draftText(draft)} # ${someOf(added, shownTags)}`);
  const more = rules.length > shownAdditions ? [`    … and ${rules.length - shownAdditions} more: see \`--json\``] : [];
  return [
    `${image.image}: ${count(tags.length, 'tag')} at the source`,
    ...lines,
    ...excluded,
    ...(rules.length === 0 ? [] : ['  rules of `images.include` that would add what no rule selects, a group each:']),
    ...[...rules.slice(0, shownAdditions), ...more],
    ...(absent.length === 0 ? [] : [`  announced, not at the source: ${someOf(absent, shownTags)}`]),
  ].join('\n');
}

function newestFirst(tags: ComparedImage['tags']): ComparedImage['tags'] {
  return tags.toSorted((one, other) => (other.pushed ?? '').localeCompare(one.pushed ?? ''));
}

function tagText({ name, pushed, isNewer }: ComparedImage['tags'][number]): string {
  const day = pushed === undefined ? '' : ` (${pushed.slice(0, 10)}${isNewer ? ', newer' : ''})`;
  return `${printable(name)}${day}`;
}

function compareJson(found: Comparison, funnel: Funnel): object {
  const { config, library, origin, hasLockfile, images, failures, warnings } = found;
  const { states: counts, ...totals } = funnel;
  return {
    ...{ schema: 'mirrorlock/compare/v1', source: placeName(config.source), list: origin, locked: hasLockfile },
    upstream: { repository: library.commit.repository, commit: library.commit.sha },
    totals: { ...totals, ...counts },
    images: images.map(imageJson),
    ...{ failures, warnings },
  };
}

function imageJson({ image, isAtSource, tags, absent, groups, additions }: ComparedImage): object {
  return {
    ...{ image, atSource: isAtSource, counts: countStates(tags), groups },
    tags: tags.map(({ name, state, digest, pushed, locked, isNewer, rules }) => ({
      ...{ tag: name, state, ...defined({ digest, pushed, locked }) },
      ...(isNewer ? { newer: true } : {}),
      ...(rules.length === 0 ? {} : { rules: rules.map(ruleJson) }),
    })),
    ...{
      absent,
      add: additions.map(({ draft, tags: added }) => ({ rule: draft, text: draftText(draft), tags: added })),
    },
  };
}

function ruleJson({ kind, place: { file, line, column }, image }: Rule): object {
  return { kind, file, line, column, image: image.text };
}
