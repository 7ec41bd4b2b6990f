import { defined } from '../core/defined.ts';
import type { Place } from '../core/problem.ts';
import type { Fault, Findings } from '../yaml/findings.ts';
import type { Locator, Path } from '../yaml/locate.ts';
import { type NameKind, parsePattern } from './patterns.ts';
import type { MirrorsYaml, Rule as RuleData } from './schema.gen.ts';
import type { PartialData } from './shape.ts';
import type { Pattern, Rule } from './types.ts';
import { parseRange } from './version-range.ts';

interface Rules {
  readonly include: readonly Rule[];
  readonly exclude: readonly Rule[];
}

/** Reads the rules for images into their normal form. What is wrong goes to `findings`, and its rule is left out. */
export function readRules(
  images: PartialData<MirrorsYaml['images']> | undefined,
  locate: Locator,
  findings: Findings,
): Rules {
  const read = (kind: Rule['kind']): Rule[] => {
    const rules = (images?.[kind] ?? []).flatMap((data, index) => {
      if (data === undefined) return [];
      const path: Path = ['images', kind, index];
      const place = locate.value(path);
      const fields = readFields(data, path, locate, findings);
      return fields === undefined ? [] : [{ kind, index, place, ...fields }];
    });
    warnOfDuplicates(rules, findings);
    return rules;
  };
  return { include: read('include'), exclude: read('exclude') };
}

/** A text that says all that a rule says, whatever the order of its values. */
export function ruleIdentity({ image, tags, versions }: Rule): string {
  const texts = (patterns: readonly Pattern[] | undefined) => patterns?.map(({ text }) => text);
  return JSON.stringify([image.text, asSet(texts(tags)), asSet(versions)]);
}

function asSet(values: readonly string[] | undefined): string[] | null {
  return values === undefined ? null : [...new Set(values)].sort();
}

type Fields = Pick<Rule, 'image' | 'tags' | 'versions'>;

function readFields(data: PartialData<RuleData>, path: Path, locate: Locator, findings: Findings): Fields | undefined {
  const before = findings.problems.length;
  const rule = typeof data === 'string' ? { image: data } : data;
  const imagePath = typeof data === 'string' ? path : [...path, 'image'];
  const report = (at: Path, fault: Fault) => findings.error(locate.value(at), fault);
  const pattern = (text: string, at: Path, kind: NameKind): Pattern[] => {
    const read = parsePattern(text, kind, locate.value(at));
    if ('matches' in read) return [read];
    report(at, read);
    return [];
  };
  const [image] = rule.image === undefined ? [] : pattern(rule.image, imagePath, 'image');
  const tags = values(rule.tags, [...path, 'tags'])?.flatMap(({ text, at }) => pattern(text, at, 'tag'));
  const versions = values(rule.versions, [...path, 'versions'])?.flatMap(({ text, at }) => {
    const fault = versionRangeFault(text);
    if (fault === undefined) return [text];
    report(at, fault);
    return [];
  });
  if (image === undefined || findings.problems.length > before || isIncomplete(rule)) return undefined;
  return { image, ...defined({ tags, versions }) };
}

/** Whether a part was of the wrong shape, and has been taken out: the rest may seem to say what it does not. */
function isIncomplete(rule: Exclude<PartialData<RuleData>, string>): boolean {
  return Object.values(rule).flat().includes(undefined);
}

/** The values of a field that holds one or a list, each with its place. */
function values(field: string | readonly (string | undefined)[] | undefined, path: Path) {
  if (field === undefined) return undefined;
  if (typeof field === 'string') return [{ text: field, at: path }];
  return field.flatMap((text, index) => (text === undefined ? [] : [{ text, at: [...path, index] }]));
}

function warnOfDuplicates(rules: readonly Rule[], findings: Findings): void {
  const first = new Map<string, Place>();
  for (const rule of rules) {
    const identity = ruleIdentity(rule);
    const known = first.get(identity);
    if (known === undefined) first.set(identity, rule.place);
    else {
      const message = `This ${rule.kind} rule says the same as an earlier one.`;
      const hint = `Leave it out: line ${known.line} says it.`;
      findings.warning(rule.place, { code: 'duplicate-rule', message, value: rule.image.text, hint });
    }
  }
}

/** Why `text` is not a range of versions, `undefined` when it is one. */
export function versionRangeFault(text: string): Fault | undefined {
  if (parseRange(text) !== undefined) return undefined;
  const hint = hintFor(text);
  return { code: 'version-range', message, value: text, ...defined({ hint }) };
}

const message = 'A range of versions is written as npm does: `>=3.12`, `^1.26`, `3.12 - 3.14`, `<2 || >=4`.';

/** What is often meant; the first that fits counts. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/,/, 'Between two conditions stands a space, and no comma.'],
  [/=[<>]/, 'Write `>=` or `<=`.'],
  [/^\s*\|\||\|\|\s*(?:$|\|\|)/, 'On both sides of `||` stands a range.'],
  [/[?[\]]/, 'Patterns for tags go under `tags`.'],
  [/\d-\d/, 'Around the `-` of a range stand spaces: `3.12 - 3.14`.'],
  [/\du\d/, "Java's `8u502` is version 8.0.502: write `8.0.502`."],
  [/\+/, 'A tag holds no build (`+…`): leave it out.'],
  [/\.[x*]\.\d/i, 'Behind `x` or `*` stands no number: `1.x`.'],
  [
    /\d\.\d+\.\d+-[a-z]/i,
    `What is behind a version is a pre-release, such as \`-rc.1\`; variants, such as \`-alpine\`, go under \`tags\`.`,
  ],
  [/\d[-.]?[a-z]+[-.]?\d|\d[-.]?(?:alpha|beta|rc|pre)/i, 'Before a pre-release stand three numbers: `1.27.0-rc.2`.'],
  [/[a-z]/i, 'Words for tags, such as `latest`, go under `tags`.'],
];

function hintFor(text: string): string | undefined {
  return hints.find(([pattern]) => pattern.test(text))?.[1];
}
