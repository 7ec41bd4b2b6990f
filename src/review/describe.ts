import { type Changes, changesOf } from '../changes/changes.ts';
import { imageNotes, imageTable } from '../changes/diff-markdown.ts';
import { changesSections, type Section } from '../changes/markdown.ts';
import { countWords, titleOf } from '../changes/words.ts';
import { defined } from '../core/defined.ts';
import { fold, link, list } from '../core/markdown/blocks.ts';
import { isReference, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { problemText } from '../core/markdown/problem.ts';
import type { Problem } from '../core/problem.ts';
import { counted, named, someOf } from '../core/words.ts';
import { countDiff } from '../diff/diff.ts';
import type { ImageDiff } from '../diff/types.ts';
import { marker } from '../forge/hidden-markers.ts';
import { fitParts, leftOutLength, leftOutOfProposal } from './fit.ts';
import { upstreamLinks } from './links.ts';
import { mergingSection } from './merging.ts';
import { noteSection } from './note.ts';
import type { ChangeDescription, ChangeInput } from './types.ts';

/** What forges take; and what a person reads, which only parts that must not be missed exceed. */
const defaultLength = 60_000;
const readableLength = 11_500;

/**
 * Writes the title and the text of a pull request for the person who reviews it. Pure: equal inputs give equal texts.
 * Nothing that the input holds gets out of its place: there is no link, mention, reference, HTML or marker on the page
 * but those meant here. What does not fit is left out by whole sections, and named.
 */
export function describeChange(input: ChangeInput): ChangeDescription {
  const { before, after, policy, askedFor, digests, evidence } = input;
  const changes = changesOf({ before, after, ...defined({ policy, askedFor, digests, evidence }) });
  const end = closing(input);
  const limit = (input.maxLength ?? defaultLength) - end.length - 1;
  const readable = readableLength - end.length;
  const page = fitParts(sections(input, changes, Math.min(limit - leftOutLength, readable - restRoom)), limit, {
    ...{ restLength: leftOutLength, readable },
    rest: (names) => leftOutOfProposal(names, input.forge),
  });
  return { headline: plainTitle(changes, input.files?.length ?? 0), body: `${page}${end}\n` };
}

/** What is said of the tables that do not fit. */
const restRoom = 700;

/** Releases have links where all but the tables of tags fits with them. */
function sections(input: ChangeInput, changes: Changes, room: number): Section[] {
  const { images } = changes.diff;
  const linked = wordSections(input, changes, true);
  const length = linked.reduce((sum, { content }) => sum + content.length + 2, 0);
  return [
    ...(length <= room ? linked : wordSections(input, changes, false)),
    ...images.map((image) => ({
      name: images.length > fewImages ? 'tables of tags' : image.image,
      content: imageSection(image),
      isEssential: false,
    })),
  ];
}

function wordSections(input: ChangeInput, changes: Changes, isLinked: boolean): Section[] {
  const links = upstreamLinks(input.after.upstream.repository);
  const listed = new Set<string>(input.after.images.map(({ image }) => image));
  const behind = (image: string) => {
    const url = listed.has(image) ? links.libraryFile(input.after.upstream.commit, image) : undefined;
    return url === undefined ? md`` : md` (${link(md`library file`, url)})`;
  };
  const [first, ...rest] = changesSections(changes, behind, isLinked);
  const isFirst = first !== undefined && changes.lookAtFirst.length > 0;
  return [
    ...warningSections(input.warnings ?? []),
    ...(isFirst ? [first] : []),
    ...(input.notes ?? []).map((note) =>
      essential(typeof note === 'string' ? 'a note' : note.title, noteSection(note)),
    ),
    essential('what merging does', mergingSection(input, changes.diff)),
    ...(isFirst || first === undefined ? [] : [first]),
    ...rest,
  ];
}

function essential(name: string, content: Markdown): Section {
  return { name, content, isEssential: true };
}

/** Of more images, tables that do not fit are not named one by one. */
const fewImages = 10;
const shownWarnings = 12;

/** What is wrong in the rules, before all else: what they miss is in no list below. */
function warningSections(warnings: readonly Problem[]): Section[] {
  if (warnings.length === 0) return [];
  const items = warnings.map(problemText);
  const more = items.slice(shownWarnings);
  const rest = more.length === 0 ? [] : [fold(`${more.length} more of these`, list(more))];
  const content = joinMarkdown([md`### Warnings`, list(items.slice(0, shownWarnings)), ...rest], '\n\n');
  return [essential('warnings', content)];
}

/** What is never left out: the checkbox, and the markers by which a bot knows its own. */
function closing({ checkbox, markers = [] }: ChangeInput): string {
  const box = checkbox === undefined ? [] : [`- [${checkbox.ticked ? 'x' : ' '}] ${prose(checkbox.text)}`];
  const marks = markers.map(marker).join('\n');
  return [...box, ...(marks === '' ? [] : [marks])].map((text) => `\n\n${text}`).join('');
}

const longest = 120;
const plain = /^\w[\w.-]*$/;

/**
 * One plain line of at most 120 characters for a title and a commit's subject: see `titleOf`. A name that a forge would
 * make a link of is only counted. Without a change of tags it says what else changes; `files` is how many other files do.
 */
function plainTitle({ diff }: Changes, files: number): string {
  if (diff.images.length > 0) {
    const isFit = (name: string) => name.length <= 64 && plain.test(name) && !isReference(name);
    return titleOf(diff, { show: (name) => name, isFit, longest });
  }
  const { upstream, config } = diff;
  if (files > 0) return `${counted(files, 'rendered file')} brought up to date`;
  if (config !== undefined) return 'the rules have changed, no tag has';
  return upstream.from === upstream.to ? 'no change' : 'a newer upstream commit, no tag changed';
}

const limits = { rows: 200, tags: 60 } as const;

/** The table of what happens to the tags of one image, which opens on a click. */
function imageSection(image: ImageDiff): Markdown {
  const rows = joinMarkdown([...imageTable(image, limits), ...imageNotes(image, limits.tags)], '\n\n');
  return fold(`${named(image.image)}: ${imageWords(image)}`, rows);
}

function imageWords(image: ImageDiff): string {
  const rest = countWords(countDiff({ images: [image] }));
  const ended = image.ended.map(({ series }) => series);
  return [
    ...(ended.length === 0 ? [] : [`${someOf(ended.map(named))} left`]),
    ...(image.releases.length === 0 ? [] : [`${counted(image.releases.length, 'group')} released`]),
    ...(rest === '' ? [] : [rest]),
  ].join('; ');
}
