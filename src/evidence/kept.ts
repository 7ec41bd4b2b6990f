import * as v from 'valibot';
import { defined } from '../core/defined.ts';
import { parsedJson } from '../core/json.ts';
import { isDigest } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { objectOf, shapeOf, textThat } from '../core/shape.ts';
import type { ContentsEvidence } from './contents/types.ts';
import type { VulnerabilityEvidence } from './osv/types.ts';
import type { BuildEvidence, Evidence, GroupEvidence, SourceEvidence, Step } from './types.ts';

/** What is known of a step from an earlier run. */
export interface KnownEvidence {
  readonly source?: SourceEvidence;
  readonly build?: BuildEvidence;
  readonly contents?: ContentsEvidence;
  readonly found?: VulnerabilityEvidence;
  readonly notes?: GroupEvidence['notes'];
}

/** Evidence by the image and the digests of a step. */
export type KnownSteps = ReadonlyMap<string, KnownEvidence>;

/** Longer texts and lists are cut when they are kept. */
const longestText = 2_048;
const longestList = 10_000;
/** Of what images hold, in all; a change of the whole library with 150 packages an image has 6 MB. */
const mostContents = 8 * 1024 * 1024;

const text = v.pipe(v.string(), v.maxLength(longestText));
const listOf = <const Item extends v.GenericSchema>(item: Item) => v.pipe(v.array(item), v.maxLength(longestList));
const texts = listOf(text);
const digest = textThat(isDigest, 'it is a digest');
const maybe = v.exactOptional(text);
const amount = v.pipe(v.number(), v.minValue(0));
const place = v.strictObject({ repository: text, commit: text, directory: text, file: text });
const base = v.strictObject({
  ...{ name: text, from: v.exactOptional(digest), to: v.exactOptional(digest) },
  platforms: v.pipe(texts, v.readonly()),
});
const source = v.strictObject({
  isSame: v.boolean(),
  steps: listOf(
    v.strictObject({
      ...{ platforms: texts, from: v.exactOptional(place), to: place },
      ...{ compare: maybe, dockerfile: maybe },
    }),
  ),
});
const build = v.strictObject({
  cause: v.picklist(['source', 'base', 'neither', 'unknown']),
  bases: listOf(base),
  after: listOf(v.strictObject({ platform: text, digest: v.exactOptional(digest), created: maybe })),
});

const whats = [
  ...['environment', 'entrypoint', 'command', 'user', 'ports', 'volumes', 'labels', 'working directory'],
  ...['healthcheck', 'stop signal', 'shell', 'build triggers'],
] as const;
const setting = v.strictObject({
  what: v.custom<ContentsEvidence['config'][number]['what']>((value) => whats.some((what) => what === value)),
  ...{ name: maybe, from: maybe, to: maybe },
});
const packageChange = v.strictObject({
  ...{ purl: text, name: text, from: maybe, to: maybe, fromPurl: maybe, toPurl: maybe },
  ...{ fromRemains: v.exactOptional(v.literal(true)), toExisted: v.exactOptional(v.literal(true)) },
});
const packageChanges = listOf(packageChange);
const contents = v.strictObject({
  platform: text,
  config: listOf(setting),
  size: v.strictObject({ from: v.exactOptional(amount), to: amount }),
  layers: v.strictObject({ count: amount, fresh: amount }),
  packages: v.variant('state', [
    v.strictObject({
      state: v.literal('read'),
      ...{ added: packageChanges, removed: packageChanges, upgraded: packageChanges },
    }),
    v.strictObject({ state: v.picklist(['none', 'unreadable', 'no-earlier']), why: text }),
  ]),
  provenance: v.strictObject({
    state: v.picklist(['agrees', 'differs', 'none', 'unreadable', 'unknown']),
    ...{ named: maybe, expected: maybe, why: maybe },
  }),
});

const severity = v.picklist(['critical', 'high', 'medium', 'low', 'unknown']);
const page = v.pipe(text, v.startsWith('https://osv.dev/vulnerability/'));
const vulnerabilities = listOf(
  v.strictObject({ id: text, ids: texts, severity, link: page, summary: text, packages: texts }),
);
const whyNot = v.picklist(['no-ecosystem', 'no-data', 'no-comparer', 'no-version', 'refused']);
const problem = v.strictObject({
  ...{ code: text, severity: v.picklist(['error', 'warning']), message: text, value: maybe, hint: maybe },
});
const found = v.variant('state', [
  v.strictObject({
    state: v.literal('answered'),
    ...{ gone: vulnerabilities, fresh: vulnerabilities },
    notCompared: listOf(v.strictObject({ what: text, why: whyNot, packages: amount })),
    verdict: v.picklist(['green', 'red', 'neutral']),
  }),
  v.strictObject({ state: v.literal('unanswered'), verdict: v.literal('neutral'), problem }),
]);

const step = { image: text, from: v.exactOptional(digest), to: digest };
const causes = { source: v.exactOptional(source), build: v.exactOptional(build) };
const inside = {
  ...{ contents: v.exactOptional(contents), found: v.exactOptional(found) },
  notes: v.exactOptional(listOf(problem)),
};
/** Format 1 has the causes only. */
const fileShape = v.union([
  objectOf({ format: v.literal(2), groups: v.array(v.strictObject({ ...step, ...causes, ...inside })) }),
  objectOf({ format: v.literal(1), groups: v.array(v.strictObject({ ...step, ...causes })) }),
]);

/** Names a step in {@link KnownSteps}. */
export function stepKey({
  image,
  from = '',
  to,
}: {
  readonly image: string;
  readonly from?: string;
  readonly to: string;
}) {
  return `${image} ${from} ${to}`;
}

/** Reads what {@link keptText} made; nothing of a text that is damaged or of another form. */
export function readKept(bytes: string | Uint8Array): KnownSteps {
  const read = shapeOf(fileShape, parsedJson(bytes));
  return new Map(
    (read?.groups ?? []).map(({ image, from, to, ...known }) => [stepKey({ image, to, ...defined({ from }) }), known]),
  );
}

/** What two runs know: the later one counts, as far as it looked. */
export function joinKnown(earlier: KnownEvidence, later: KnownEvidence): KnownEvidence {
  const isSilent = later.found?.state !== 'answered' && earlier.found !== undefined;
  const { notes: _, ...withoutNotes } = earlier;
  // Notes are about what was read: whoever read the index again has those that are true now.
  const kept = later.build === undefined ? earlier : withoutNotes;
  return { ...kept, ...later, ...(isSilent && { found: earlier.found }) };
}

/**
 * Evidence as a text for later runs, which say the same without a request; `undefined` where nothing is known. Texts and lists
 * are cut. Where images hold more than is kept, the longest is left out, and its group has a note.
 *
 * @param known what earlier runs kept of the same steps
 */
export function keptText(
  { groups, vulnerabilities = [] }: Evidence,
  known: KnownSteps = new Map(),
): string | undefined {
  const answers = new Map(vulnerabilities.map(({ image, to, found: answer }) => [`${image} ${to}`, answer]));
  const all = groups.flatMap((group) => {
    const joined = joinKnown(
      known.get(stepKey(group)) ?? {},
      knownOf(group, answers.get(`${group.image} ${group.to}`)),
    );
    const { image, from, to } = group;
    return Object.keys(joined).length === 0 ? [] : [{ step: { image, to, ...defined({ from }) }, known: joined }];
  });
  if (all.length === 0) return undefined;
  const lengths = new Map(all.map((one) => [one, cutJson([one.known.contents, one.known.found]).length]));
  const tooMuch = new Set<object>();
  let left = mostContents;
  for (const [one, length] of [...lengths].sort(([, a], [, b]) => a - b)) {
    left -= length;
    if (left < 0) tooMuch.add(one);
  }
  return cutJson({
    format: 2,
    groups: all.map((one) => ({
      ...one.step,
      ...(tooMuch.has(one) ? withoutContents(one.step, one.known) : one.known),
    })),
  });
}

function knownOf(
  { source: place, build: built, contents: held, notes }: GroupEvidence,
  answer: KnownEvidence['found'],
) {
  const children = built?.after.map(({ platform, digest: own, created }) => ({
    platform,
    ...defined({ digest: own, created }),
  }));
  return defined({
    source: place,
    build: built && { cause: built.cause, bases: built.bases, after: children ?? [] },
    contents: held,
    found: answer?.state === 'unanswered' ? { ...answer, problem: withoutPlace(answer.problem) } : answer,
    notes: notes.length === 0 ? undefined : notes.map(withoutPlace),
  });
}

function withoutPlace({ place: _, ...rest }: Problem): Problem {
  return rest;
}

function withoutContents({ image, to }: Pick<Step, 'image' | 'to'>, known: KnownEvidence): KnownEvidence {
  const { contents: _, found: __, notes = [], ...rest } = known;
  const message = `What changed inside of ${image} is too long to be kept in the cache; \`changes --evidence contents\` reads it.`;
  return { ...rest, notes: [...notes, { code: 'evidence/not-kept', severity: 'warning', message, value: to }] };
}

function cutJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'string') return inner.slice(0, longestText);
    return Array.isArray(inner) && inner.length > longestList ? inner.slice(0, longestList) : inner;
  });
}
