import { groupBy } from '../core/group-by.ts';
import { fold, link, list } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { cleanText } from '../core/text.ts';
import { named } from '../core/words.ts';
import type { VulnerabilitiesOf } from '../evidence/types.ts';
import { type CausedRebuilds, causeLine } from './causes.ts';
import { type Changes, type ImageReleases, releaseLine, restLine } from './changes.ts';
import { type Finding, type FindingWords, kindWords, policyWords, type Said } from './findings.ts';
import { insideLine, vulnerabilityItems, withoutPackages } from './inside.ts';
import { stillPendingLines } from './pending.ts';
import { titleOf } from './words.ts';

/** A section of the text on changes; `name` is what it is called where it does not fit. */
export interface Section {
  readonly name: string;
  readonly content: Markdown;
  /** What a reader must not miss: releases, and what is to be looked at first. */
  readonly isEssential: boolean;
}

/** Gives what stands behind the line of an image, such as a link. */
type Behind = (image: string) => Markdown;

const tagsName = 'other tags';
const linesInSection = 12;
/** With more lines, only the links of releases stand behind them, and those where there is room. */
const fewLines = 12;

/**
 * The sections on changes, what matters first.
 *
 * @param behind absent: nothing stands behind a line
 * @param isLinked whether releases have their links also where there are many
 */
export function changesSections(changes: Changes, behind: Behind = () => md``, isLinked = true): Section[] {
  const { lookAtFirst, words, releases, rebuilds, rest, stillPending, inside, evidence, notKnown, merging } = changes;
  const first = findingsSection(lookAtFirst, words).map((content) => {
    return { name: 'what to look at first', content, isEssential: true };
  });
  const isShort = releases.length + rest.length <= fewLines;
  const linked = (line: string, image: string) => (isShort ? md`${prose(line)}${behind(image)}` : prose(line));
  const released = releases.map((own) =>
    releaseMarkdown(own, linked(releaseLine(own), own.image), { isShort, isLinked }),
  );
  const others = rest.map((own) => linked(restLine(own), own.image));
  return [
    ...first,
    ...chunks('What merging does', 'what merging does', (merging?.lines ?? []).map(prose)),
    ...(released.length === 0
      ? []
      : [{ name: 'releases', content: md`### Releases\n\n${list(released)}`, isEssential: true }]),
    ...chunks(
      'Rebuilt',
      'rebuilt groups',
      rebuilds.map((own) => causeMarkdown(own, changes.now)),
    ),
    ...vulnerabilitySections(evidence?.vulnerabilities ?? []),
    ...chunks(
      'What changed inside',
      'what changed inside',
      [...inside.map(insideLine), ...withoutPackages(inside)].map(prose),
    ),
    ...unreadSections(notKnown),
    ...chunks('Other tags', tagsName, others),
    ...chunks('Still pending', 'tags that stay pending', stillPendingLines(stillPending).map(prose)),
  ];
}

/** The first of them has what is new. */
function vulnerabilitySections(all: readonly VulnerabilitiesOf[]): Section[] {
  const sections = chunks('Vulnerabilities', 'vulnerabilities', vulnerabilityItems(all));
  return sections.map((section, index) => ({ ...section, isEssential: index === 0 }));
}

const shownCommits = 3;

/** A release, with upstream's own change of it: links, and what its commits say. */
function releaseMarkdown(
  { compare, dockerfile, commits = [] }: ImageReleases,
  line: Markdown,
  { isShort, isLinked }: { readonly isShort: boolean; readonly isLinked: boolean },
): Markdown {
  if (!isShort && !isLinked) return line;
  const newest = isShort ? [...commits].reverse() : [];
  const said = newest.slice(0, shownCommits).map(({ subject, url }) => link(code(cleanText(subject, 72)), url));
  const more = newest.length > said.length ? md` and ${newest.length - said.length} more` : md``;
  const parts = [
    ...(compare === undefined ? [] : [link(md`changes of its source`, compare)]),
    ...(dockerfile === undefined ? [] : [link(md`Dockerfile`, dockerfile)]),
    ...(said.length === 0 ? [] : [md`upstream says ${joinMarkdown(said, ', ')}${more}`]),
  ];
  return parts.length === 0 ? line : md`${line}: ${joinMarkdown(parts, ', ')}`;
}

function causeMarkdown(own: CausedRebuilds, now: Date | undefined): Markdown {
  const line = prose(causeLine(own, now));
  const { compare, dockerfile } = own.cause.kind === 'source' ? own.cause : {};
  if (compare !== undefined) return md`${line}: ${link(md`changes of its source`, compare)}`;
  return dockerfile === undefined ? line : md`${line}: ${link(md`Dockerfile`, dockerfile)}`;
}

const shownUnread = 8;

/** What could not be found out: a reviewer must know how far the text can be relied on. */
function unreadSections(lines: readonly string[]): Section[] {
  if (lines.length === 0) return [];
  const more = lines.length > shownUnread ? [`And ${lines.length - shownUnread} more.`] : [];
  const content = list([...lines.slice(0, shownUnread), ...more].map(prose));
  return [{ name: 'what is not known', content: md`### What is not known\n\n${content}`, isEssential: true }];
}

/** Lines in sections of a few each, so that as many as fit are shown; only the first has the heading. */
function chunks(heading: string, name: string, lines: readonly Markdown[]): Section[] {
  const starts = Array.from({ length: Math.ceil(lines.length / linesInSection) }, (_, index) => index * linesInSection);
  return starts.map((start) => {
    const items = list(lines.slice(start, start + linesInSection));
    return { name, content: start === 0 ? md`### ${prose(heading)}\n\n${items}` : items, isEssential: false };
  });
}

const shownOfAKind = 8;

/** The section on what to look at first; nothing where there is nothing. */
function findingsSection(findings: readonly Finding[], words: FindingWords): Markdown[] {
  if (findings.length === 0) return [];
  const kinds = [...groupBy(findings, ({ kind }) => kind).values()];
  const lines = (part: (all: Said[], mayCut: boolean) => Said[]) =>
    kinds.flatMap((own) => part(kindWords(own, words), !isNeverCut(own[0])).map(saidLine));
  const first = lines((all, mayCut) => (mayCut ? all.slice(0, shownOfAKind) : all));
  const more = lines((all, mayCut) => (mayCut ? all.slice(shownOfAKind) : []));
  const rest = more.length === 0 ? [] : [fold(`${more.length} more of these`, list(more))];
  const policy = policyWords(findings, words).map(prose);
  return [joinMarkdown([md`### Look at first`, list(first), ...policy, ...rest], '\n\n')];
}

function isNeverCut(finding: Finding | undefined): boolean {
  return finding?.kind === 'ended' || finding?.kind === 'floating' || finding?.kind === 'gone';
}

function saidLine({ title, text }: Said): Markdown {
  return md`**${prose(title)}:** ${prose(text)}`;
}

/** The title, with names as code. */
export function changesHeadline({ diff }: Pick<Changes, 'diff'>): Markdown {
  return md`**${prose(titleOf(diff, { show: named, isFit: () => true }))}**`;
}

/** The changes as Markdown, all of them. */
export function changesMarkdown(changes: Changes): Markdown {
  return joinMarkdown([changesHeadline(changes), ...changesSections(changes).map(({ content }) => content)], '\n\n');
}

/** The sections without that on tags, which tables of tags say as well. */
export function sectionsBesideTags(changes: Changes): Markdown[] {
  return changesSections(changes).flatMap(({ name, content }) => (name === tagsName ? [] : [content]));
}
