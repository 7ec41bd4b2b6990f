import { styleText } from 'node:util';
import type { Rule } from '../config/types.ts';
import { placeText } from '../core/problem.ts';
import { printable } from '../core/text.ts';
import { counted, someOf } from '../core/words.ts';
import type { Group } from '../upstream/types.ts';
import { ruleText } from './rule-text.ts';
import type { Fate, ImageFate, RuleCount, Subject } from './types.ts';

export interface ExplainTextOptions {
  /** Whether to colour for a terminal; no when absent. */
  readonly colour?: boolean;
}

type Colour = 'green' | 'red' | 'yellow' | 'bold';
type Paint = (colour: Colour, text: string) => string;
/** A label and what it says. */
type Row = readonly [label: string, content: string];

const shownMates = 12;

/** The answer to `explain` for people: a sentence, then the rules with their places, and the group. Ends without a newline. */
export function explainText(fate: Fate | ImageFate, subject: Subject, options: ExplainTextOptions = {}): string {
  const paint: Paint = options.colour
    ? (colour, text) => styleText(colour, text, { validateStream: false })
    : (_, text) => text;
  const { sentence, rows } = answer(fate, subject, paint);
  const width = Math.max(0, ...rows.map(([label]) => label.length));
  const lines = rows.map(([label, content]) => `  ${label.padEnd(width)}  ${content}`);
  return [`${paint('bold', subjectText(subject))} ${sentence}`, ...lines].join('\n');
}

function subjectText({ image, tag }: Subject): string {
  return tag === undefined ? image : `${image}:${tag}`;
}

function answer(fate: Fate | ImageFate, subject: Subject, paint: Paint): { sentence: string; rows: readonly Row[] } {
  switch (fate.kind) {
    case 'selected':
      return {
        sentence: `is ${paint('green', 'selected')}.`,
        rows: [...ruleRows(fate.by), ...groupRows(fate.group, subject)],
      };
    case 'excluded':
      return {
        sentence: `is ${paint('red', 'excluded')}: an include rule matches it, and so does an exclude rule.`,
        rows: [...ruleRows(fate.by), ...ruleRows(fate.included), ...groupRows(fate.group, subject)],
      };
    case 'unmatched':
      return {
        sentence: `is ${paint('yellow', 'not selected')}: no include rule matches it.`,
        rows: unmatchedRows(fate, subject),
      };
    case 'unknown-tag':
      return {
        sentence: `is ${paint('yellow', 'unknown')}: ${tagCountText(fate.tagCount)}`,
        rows: nearRows(fate.nearest.map((tag) => `${subject.image}:${tag}`)),
      };
    case 'unknown-image':
      return {
        sentence: `is ${paint('yellow', 'unknown')}: upstream has no image ${subject.image}.`,
        rows: nearRows(fate.nearest),
      };
    case 'refused-image':
      return {
        sentence: `is ${paint('yellow', 'left as it is')}: upstream's file of the image cannot be read.`,
        rows: [['refused', printable(fate.message)]],
      };
    case 'image':
      return { sentence: imageSentence(fate, paint), rows: fate.rules.map(countRow) };
  }
}

const retired = 'the image is retired, and upstream lists no tag of it any more.';

function tagCountText(count: number): string {
  return count === 0 ? retired : `upstream lists ${counted(count, 'tag')} of the image, and not this one.`;
}

function imageSentence({ tagCount, wantedCount }: Extract<ImageFate, { kind: 'image' }>, paint: Paint): string {
  if (tagCount === 0) return `has ${paint('yellow', 'no tags')}: ${retired}`;
  return `has ${counted(tagCount, 'tag')} upstream, ${paint(wantedCount > 0 ? 'green' : 'yellow', `${wantedCount} of them selected`)}.`;
}

function ruleRows(rules: readonly Rule[]): readonly Row[] {
  return rules.map((rule): Row => [`${rule.kind} rule`, ruleLine(rule)]);
}

function ruleLine(rule: Rule): string {
  return `${placeText(rule.place)}  ${ruleText(rule)}`;
}

function countRow({ rule, matched, decided }: RuleCount): Row {
  const effect = rule.kind === 'include' ? `${decided} selected` : `${decided} taken from include rules`;
  return [`${rule.kind} rule`, `${ruleLine(rule)}  matches ${matched}, ${effect}`];
}

function groupRows({ tags, platforms }: Group, { tag }: Subject): readonly Row[] {
  const mates = tags.filter((mate) => mate !== tag);
  return [
    ['same image', mates.length === 0 ? 'no other tag' : someOf(mates, shownMates)],
    ['platforms', platforms.join(', ')],
  ];
}

function unmatchedRows(fate: Extract<Fate, { kind: 'unmatched' }>, subject: Subject): readonly Row[] {
  const { nearMiss, group } = fate;
  const miss: readonly Row[] =
    nearMiss === undefined
      ? [['nearest rule', `none is for the image ${subject.image}`]]
      : [
          ['nearest rule', ruleLine(nearMiss.rule)],
          ...nearMiss.reasons.map((reason): Row => ['but', printable(reason)]),
        ];
  return [...miss, ...groupRows(group, subject)];
}

function nearRows(names: readonly string[]): readonly Row[] {
  return names.length === 0 ? [] : [['did you mean', names.join(', ')]];
}
