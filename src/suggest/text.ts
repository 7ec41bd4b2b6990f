import { defined } from '../core/defined.ts';
import { placeText } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { textTable } from '../core/text-table.ts';
import { counted, someOf } from '../core/words.ts';
import type { Coverage, Suggestion } from './report.ts';
import type { InputKind } from './types.ts';
import type { Status, Unused, UsedReference } from './usage.ts';

/** What is counted: files of these kinds. */
const kindWords: Readonly<Record<InputKind, string>> = {
  dockerfile: 'Dockerfile',
  compose: 'compose file',
  kubernetes: 'Kubernetes file',
  ci: 'CI file',
  'access-log': 'access log',
  'hub-usage': 'usage report',
  list: 'list',
};

const shownReferences = 20;
const shownPlaces = 3;
const shownTags = 6;

/** The suggestion for people: the rules to paste, what they cost and cover, and what they cannot. Ends without a line break. */
export function suggestionText(suggestion: Suggestion): string {
  const { references, unused, rules, yaml } = suggestion;
  const sections = [
    readText(suggestion),
    rules.length === 0 ? 'No rule is proposed: upstream lists no tag that is in use.' : yaml,
    ...(rules.length === 0 ? [] : [costText(suggestion)]),
    coverageText(suggestion),
    ...notCovered.flatMap(({ kind, title }) =>
      listText(
        title,
        references.filter(({ status }) => status.kind === kind),
      ),
    ),
    ...(unused === undefined ? [] : [unusedText(unused)]),
  ];
  return sections.join('\n\n');
}

function readText({ files, references, upstream }: Suggestion): string {
  const kinds = [...files].map(([kind, count]) => counted(count, kindWords[kind]));
  const uses = references.reduce((sum, { count }) => sum + count, 0);
  const found = `${counted(references.length, 'image reference')}, used ${counted(uses, 'time')}`;
  return `Read ${kinds.join(', ')}: ${found}. Upstream is at ${upstream.commit.slice(0, 12)}.`;
}

function costText({ rules, history }: Suggestion): string {
  const hasHistory = history.kind === 'range';
  const head = ['rule for', 'references', 'groups', 'tags', 'first pulls'];
  const rows = rules.map(({ image, references, groups, selectedTags, firstPulls, history: cost }) => [
    image,
    ...[references, groups, selectedTags, firstPulls].map(String),
    ...(hasHistory ? [String(cost?.groups ?? '?'), String(cost?.pulls ?? '?')] : []),
  ]);
  const table = textTable(hasHistory ? [...head, 'groups later', 'pulls later'] : head, rows);
  const note = hasHistory
    ? `First: to fill the mirror, at most (${history.firstPulls} for all rules). Later: from ${history.since} to ${history.until}, by upstream’s history.`
    : `First: to fill the mirror, at most. ${history.reason}`;
  return `${table}\n${note}`;
}

function coverageText({ coverage, today, references }: Suggestion): string {
  const foreign = references.filter(({ status }) => status.kind === 'not-official').length;
  return [
    `The rules cover ${shareText(coverage)}.`,
    ...(today === undefined ? [] : [`mirrors.yaml covers ${shareText(today)} today.`]),
    ...(foreign === 0 ? [] : [`Not official, and left out: ${counted(foreign, 'reference')}.`]),
  ].join('\n');
}

function shareText({ references, uses }: Coverage): string {
  const share = uses.official === 0 ? 100 : Math.floor((100 * uses.covered) / uses.official);
  return `${references.covered} of ${counted(references.official, 'reference')} to official images, ${share} % of their uses`;
}

const notCovered: readonly { readonly kind: Status['kind']; readonly title: string }[] = [
  {
    kind: 'unlisted',
    title: 'Not covered, since upstream does not list the tag, or no longer does (`--successors` covers what → names):',
  },
  { kind: 'digest-only', title: 'Not covered, since only a digest is named that the lockfile does not have:' },
  { kind: 'unknown-image', title: 'Not covered, since upstream has no such image:' },
  { kind: 'refused-image', title: 'Not covered, since upstream’s file of the image cannot be read:' },
  { kind: 'not-official', title: 'Not official:' },
];

function listText(title: string, references: readonly UsedReference[]): string[] {
  if (references.length === 0) return [];
  const lines = references.slice(0, shownReferences).map((reference) => {
    const places = reference.uses.map(({ place: { file, line } }) => placeText({ file, ...defined({ line }) }));
    const more = remark(reference.status);
    return `  ${cleanText(reference.text)}${more === '' ? '' : `  ${more}`}  (${cleanText(someOf([...new Set(places)], shownPlaces))})`;
  });
  const left = references.length - lines.length;
  return [[title, ...lines, ...(left > 0 ? [`  and ${left} more: see --json`] : [])].join('\n')];
}

function remark(status: Status): string {
  if (status.kind === 'unlisted' && status.successor !== undefined) return `→ ${status.image}:${status.successor}`;
  if (status.kind === 'unknown-image' && status.nearest.length > 0) return `did you mean ${status.nearest.join(', ')}?`;
  return '';
}

function unusedText({ images, groups, tags, lockedGroups }: Unused): string {
  if (groups.length === 0) return `Everything that the lockfile mirrors is in use (${counted(lockedGroups, 'group')}).`;
  const whole = new Set<string>(images);
  const lines = [
    ...images.map((image) => `  ${image}  nothing of it`),
    ...groups
      .filter(({ image }) => !whole.has(image))
      .map(({ image, tags: own }) => `  ${image}  ${someOf(own, shownTags)}`),
  ];
  const title = `Mirrored and not in use: ${groups.length} of ${counted(lockedGroups, 'group')}, ${counted(tags, 'tag')}.`;
  return [title, ...lines].join('\n');
}
