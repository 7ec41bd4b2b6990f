import { bytesText } from '../core/bytes.ts';
import { byCause } from '../core/causes.ts';
import { link } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { cleanText } from '../core/text.ts';
import { counted, named, someOf } from '../core/words.ts';
import { groupsToRead } from '../evidence/contents/fold.ts';
import type { ConfigChange, ContentsEvidence, PackageChange } from '../evidence/contents/types.ts';
import type { Vulnerability } from '../evidence/osv/types.ts';
import type { Evidence, VulnerabilitiesOf } from '../evidence/types.ts';

/** What changed inside of a group, and how many groups are told by it: of its image, and those that were rebuilt since. */
export interface Inside {
  readonly image: string;
  readonly tags: readonly string[];
  readonly alike: number;
  readonly followers: number;
  readonly contents: ContentsEvidence;
}

/** The groups whose contents were read, those that most groups follow first. Pure. */
export function insideOf({ groups }: Evidence): Inside[] {
  const read = groupsToRead(groups).flatMap(({ group, alike, followers }): Inside[] => {
    const { image, tags, contents } = group;
    return contents === undefined ? [] : [{ image, tags, alike: alike.length, followers: followers.length, contents }];
  });
  return read.sort((a, b) => b.followers - a.followers);
}

const longestText = 80;
const shownPackages = 4;
const shownSettings = 6;

/** What changed inside of a group, in one line; images without a list of packages are said by {@link withoutPackages}. */
export function insideLine({ image, tags, alike, followers, contents }: Inside): string {
  const more = [
    ...(alike > 0 ? [`${counted(alike, 'group')} alike`] : []),
    ...(followers > 0 ? [`${counted(followers, 'group')} on it`] : []),
  ];
  const { config } = contents;
  const facts = [
    ...(config.length === 0 ? [] : [someOf(config.map(settingWords), shownSettings)]),
    ...packageWords(contents),
    ...provenanceWords(contents),
    sizeWords(contents),
  ];
  const name = named(`${image}:${tags[0]}`);
  return `${name}${more.length === 0 ? '' : ` (and ${more.join(', ')})`}: ${facts.join('; ')}`;
}

function short(text: string): string {
  return named(cleanText(text.replaceAll('`', "'"), longestText) || ' ');
}

function settingWords({ what, name, from, to }: ConfigChange): string {
  const subject = name === undefined ? what : `${what} ${short(name)}`;
  if (from === undefined) return to === undefined || to === '' ? `${subject} added` : `${subject} added, ${short(to)}`;
  return to === undefined ? `${subject} removed` : `${subject} ${short(from)} → ${short(to)}`;
}

const longestReason = 200;

/** A reason quotes what upstream wrote; it stands beside backquotes of ours. */
function reason(text: string): string {
  return cleanText(text.replaceAll('`', "'"), longestReason);
}

function packageWords({ packages, size }: ContentsEvidence): string[] {
  if (packages.state === 'unreadable') return [`its packages cannot be read: ${reason(packages.why)}`];
  // Of an image that is new, nobody expects a comparison.
  if (packages.state === 'no-earlier' && size.from !== undefined) {
    return [`its packages are not compared: ${reason(packages.why)}`];
  }
  if (packages.state !== 'read') return [];
  const { upgraded, added, removed } = packages;
  if (upgraded.length + added.length + removed.length === 0) return ['the same packages'];
  const part = (all: readonly PackageChange[], word: string, words: (one: PackageChange) => string) =>
    all.length === 0 ? [] : [`${counted(all.length, 'package')} ${word}: ${someOf(all.map(words), shownPackages)}`];
  const versioned = (name: string, version = '') => (version === '' ? short(name) : `${short(name)} ${short(version)}`);
  return [
    ...part(upgraded, 'with another version', ({ name, from = '', to = '' }) => {
      return `${short(name)} ${versionShown(from)} → ${versionShown(to)}`;
    }),
    ...part(added, 'added', ({ name, to }) => versioned(name, to)),
    ...part(removed, 'removed', ({ name, from }) => versioned(name, from)),
  ];
}

function versionShown(version: string): string {
  return version === '' ? 'no version' : short(version);
}

/** Where nothing attests at all, or both cannot be read for one reason, that is said of the packages. */
function provenanceWords({ packages, provenance }: ContentsEvidence): string[] {
  const { state, why = '' } = provenance;
  if (state !== 'unreadable' || (packages.state === 'unreadable' && packages.why === why)) return [];
  return [`its provenance cannot be read: ${reason(why)}`];
}

function sizeWords({ size: { from, to }, layers }: ContentsEvidence): string {
  const fresh = `${layers.fresh} of ${counted(layers.count, 'layer')} new`;
  if (from === undefined) return `${bytesText(to)}, ${fresh}`;
  const by = to === from ? 'as before' : `${bytesText(Math.abs(to - from))} ${to > from ? 'more' : 'less'}`;
  return `${bytesText(to)}, ${by}, ${fresh}`;
}

/** The images that have no list of packages, in one line; nothing where all have one. */
export function withoutPackages(inside: readonly Inside[]): string[] {
  const without = inside.filter(({ contents }) => contents.packages.state === 'none').map(({ image }) => named(image));
  return without.length === 0 ? [] : [`Without an SBOM, so that packages are not compared: ${someOf(without, 12)}`];
}

const shownIds = 8;

/** What OSV says of a group, in one line of text, or of Markdown with a link for each vulnerability. */
function vulnerabilityParts({ image, tags, found }: VulnerabilitiesOf) {
  const name = named(`${image}:${tags[0]}`);
  if (found.state === 'unanswered') {
    return { head: `${name}: not known, ${found.problem.message}`, gone: [], fresh: [], rest: '' };
  }
  const { gone, fresh, notCompared } = found;
  const left = notCompared.reduce((sum, { packages }) => sum + packages, 0);
  const what = [...new Set(notCompared.map((one) => short(one.what)))];
  const rest = left === 0 ? '' : `; ${counted(left, 'package')} not compared: ${someOf(what)}`;
  return { head: `${name}: ${gone.length} gone, ${fresh.length} new`, gone, fresh, rest };
}

/** The new ones first, as those that a reader must not miss. */
const sides = [
  ['fresh', 'new'],
  ['gone', 'gone'],
] as const;

/** What OSV says, a line a group: those with new ones first, then those that are not known, then those of which some are gone. */
export function vulnerabilityLines(all: readonly VulnerabilitiesOf[]): string[] {
  return newFirst(all).map(vulnerabilityLine);
}

/** As {@link vulnerabilityLines}, with a link for each vulnerability. */
export function vulnerabilityItems(all: readonly VulnerabilitiesOf[]): Markdown[] {
  return newFirst(all).map(vulnerabilityMarkdown);
}

function newFirst(all: readonly VulnerabilitiesOf[]): VulnerabilitiesOf[] {
  const rank = ({ found }: VulnerabilitiesOf) =>
    found.state === 'unanswered' ? 1 : found.fresh.length > 0 ? 0 : found.gone.length > 0 ? 2 : 3;
  return all.toSorted((one, other) => rank(one) - rank(other));
}

function vulnerabilityLine(one: VulnerabilitiesOf): string {
  const { head, rest, ...found } = vulnerabilityParts(one);
  const lists = sides.flatMap(([side, word]) => {
    const ids = found[side].map(({ id, severity }) => `${short(id)} (${severity})`);
    return ids.length === 0 ? [] : [`; ${word}: ${someOf(ids, shownIds)}`];
  });
  return `${head}${lists.join('')}${rest}`;
}

function vulnerabilityMarkdown(one: VulnerabilitiesOf): Markdown {
  const { head, rest, ...found } = vulnerabilityParts(one);
  const ids = (all: readonly Vulnerability[]) => {
    const more = all.length - shownIds;
    return md`${joinMarkdown(all.slice(0, shownIds).map(linked), ', ')}${more > 0 ? md` and ${more} more` : md``}`;
  };
  const fresh = found.fresh.length === 0 ? md`` : md`; new: ${ids(found.fresh)}`;
  const gone = found.gone.length === 0 ? md`` : md`; gone: ${ids(found.gone)}`;
  return md`${prose(head)}${fresh}${gone}${rest === '' ? md`` : md`; ${prose(rest.slice(2))}`}`;
}

function linked({ id, severity, link: url }: Vulnerability): Markdown {
  return md`${link(code(id), url)} (${prose(severity)})`;
}

/** What could not be found out, a line each; nothing where all of it was. */
export function unreadLines({ groups, unread, problems, cost }: Evidence): string[] {
  const shares = unread.map(({ why, groups: many }) =>
    why === 'share'
      ? `${counted(many, 'group')} not read: the share of ${cost.allowed} counted pulls is used up (\`review.share\`).`
      : `${counted(many, 'group')} could not be read.`,
  );
  const notes = groups.flatMap((group) => group.notes.map((problem) => ({ group, problem })));
  const about = byCause(notes, ({ group: { image, tags }, problem }) => ({ problem, names: [image], tags }));
  const said = about.map(({ problem, stopped }) => {
    const more = stopped.length > 1 ? ` And ${stopped.length - 1} more like it.` : '';
    return `${noteWords(problem)}${more}`;
  });
  return [...shares, ...problems.map(noteWords), ...said];
}

function noteWords({ message, value, code: name }: { message: string; value?: string; code: string }): string {
  return `${message}${value === undefined ? '' : ` Seen: ${short(value)}.`} (\`${name}\`)`;
}
