import { bytesText } from '../core/bytes.ts';
import { link, list } from '../core/markdown/blocks.ts';
import { code, isReference, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { isImageName } from '../core/names.ts';
import { counted as countedText } from '../core/words.ts';
import { countDiff, diffLockfiles } from '../diff/diff.ts';
import { markdownHeadline } from '../diff/markdown.ts';
import type { LockDiff } from '../diff/types.ts';
import { countWords, maxNamesInHeadline, shortDigest } from '../diff/words.ts';
import { marker } from '../forge/hidden-markers.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import { findToLookAt } from './find.ts';
import { findingsSection } from './findings.ts';
import { fitParts, leftOutLength, leftOutOfProposal, type Part } from './fit.ts';
import { imageSection, isMany, overviewTable, upstreamLinks } from './image-sections.ts';
import { noteSection } from './note.ts';
import type { ChangeCost, ChangeDescription, ChangeInput } from './types.ts';

const defaultLength = 60_000;

/**
 * Writes the title and the text of a pull request for the person who reviews it. Pure: equal inputs give equal texts.
 * Nothing that the input holds gets out of its place: there is no link, mention, reference, HTML or marker on the page
 * but those meant here. What does not fit is left out by whole sections, and named.
 */
export function describeChange(input: ChangeInput): ChangeDescription {
  const diff = diffLockfiles(input.before, input.after);
  const end = closing(input);
  const parts = [...openingParts(input, diff), ...imageParts(input, diff)];
  const limit = (input.maxLength ?? defaultLength) - end.length - 1;
  const page = fitParts(parts, limit, leftOutLength, (names) => leftOutOfProposal(names, input.forge));
  return { headline: plainHeadline(diff, input.files?.length ?? 0), body: `${page}${end}\n` };
}

function openingParts(input: ChangeInput, diff: LockDiff): Part[] {
  const findings = [...(input.digests ?? []), ...findToLookAt(input.before, input.after, diff)];
  const head = diff.images.length > 0 ? [part('the headline', markdownHeadline(diff))] : [];
  return [
    ...head,
    part('the facts', factsSection(input)),
    ...(input.notes ?? []).map((note) => part(typeof note === 'string' ? 'a note' : note.title, noteSection(note))),
    ...findingsSection(findings, input.dropped).map((section) => part('what to look at first', section)),
  ];
}

function imageParts({ after }: ChangeInput, diff: LockDiff): Part[] {
  const links = upstreamLinks(after.upstream.repository);
  const listed = new Set(after.images.map(({ image }) => image));
  const fileLink = (image: string) => links.libraryFile(after.upstream.commit, image);
  const sections = diff.images.map((image) =>
    part(image.image, imageSection(image, isMany(diff), listed.has(image.image) ? fileLink : () => undefined)),
  );
  const overview = isMany(diff) ? [part('the overview', md`### Changes\n\n${overviewTable(diff)}`)] : [];
  return [...overview, ...sections];
}

function part(name: string, content: Markdown): Part {
  return { name, content };
}

/** What is never left out: the checkbox, and the markers by which a bot knows its own. */
function closing({ checkbox, markers = [] }: ChangeInput): string {
  const box = checkbox === undefined ? [] : [`- [${checkbox.ticked ? 'x' : ' '}] ${prose(checkbox.text)}`];
  const marks = markers.map(marker).join('\n');
  return [...box, ...(marks === '' ? [] : [marks])].map((text) => `\n\n${text}`).join('');
}

const shownFiles = 10;

/** A short list of what the change is made from, what it costs, and what else it changes. */
function factsSection(input: ChangeInput): Markdown {
  const { before, after, cost, files = [] } = input;
  return list([
    md`Upstream: ${upstreamText(input)}`,
    md`Applying: ${costText(cost, before, after)}`,
    ...(before !== undefined && before.configHash !== after.configHash ? [rulesChanged] : []),
    ...(files.length > 0 ? [md`Other files: ${fileList(files)}`] : []),
  ]);
}

const rulesChanged = md`The rules in \`mirrors.yaml\` have changed since the last lockfile: not all of this comes from upstream.`;

function upstreamText({ before, after }: ChangeInput): Markdown {
  const { repository, commit } = after.upstream;
  const from = before?.upstream.repository === repository ? before.upstream.commit : undefined;
  const to = code(shortDigest(commit));
  if (from === undefined) return md`${code(repository)} at ${to}`;
  if (from === commit) return md`${code(repository)}, still at ${to}`;
  const url = upstreamLinks(repository).compare(from, commit);
  return md`${code(repository)}, ${link(md`${code(shortDigest(from))} → ${to}`, url)}`;
}

function fileList(files: readonly string[]): Markdown {
  const shown = joinMarkdown(files.slice(0, shownFiles).map(code), ', ');
  return files.length > shownFiles ? md`${shown} and ${files.length - shownFiles} more` : shown;
}

const longest = 120;

/**
 * One plain line of at most 120 characters for a title and a commit's subject, such as
 * `debian, golang, python and 12 more: 14 tags moved, 3 added`. A name that a forge would make a link of is only counted.
 * Without a change of tags it says what else changes; `files` is how many other files do.
 */
function plainHeadline(diff: LockDiff, files: number): string {
  const words = countWords(countDiff(diff));
  if (words === '') return withoutTags(diff, files);
  const names: string[] = diff.images.map(({ image }) => image);
  const plain = names.filter((name) => isImageName(name) && !isReference(name)).slice(0, maxNamesInHeadline);
  const lines = [...plain.keys(), plain.length].reverse().map((count) => {
    return `${who(plain.slice(0, count), names.length - count)}: ${words}`;
  });
  return lines.find(({ length }) => length <= longest) ?? 'many images and tags';
}

function who(names: readonly string[], more: number): string {
  if (names.length === 0) return countedText(more, 'image');
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function withoutTags({ upstream, config }: LockDiff, files: number): string {
  if (files > 0) return `${countedText(files, 'rendered file')} brought up to date`;
  if (config !== undefined) return 'the rules have changed, no tag has';
  return upstream.from === upstream.to ? 'no change' : 'a newer upstream commit, no tag changed';
}

/** What applying costs, in words. Without a known cost, each digest of an image that was not locked before is a pull. */
function costText(cost: ChangeCost | undefined, before: Lockfile | undefined, after: Lockfile): Markdown {
  if (cost === undefined) {
    const pulls = newDigests(before, after);
    if (pulls === 0) return md`no pull: nothing has to be copied.`;
    return md`at least ${pulls} counted ${pullWord(pulls)}, one for each new digest; each platform of it may be one more.`;
  }
  const size = cost.bytes === undefined ? md`; the size is not known` : md` and ${prose(bytesText(cost.bytes))}`;
  return md`at least ${cost.pulls} counted ${pullWord(cost.pulls)}${size}.`;
}

function pullWord(count: number): Markdown {
  return count === 1 ? md`pull` : md`pulls`;
}

function newDigests(before: Lockfile | undefined, after: Lockfile): number {
  const known = digestsOf(before);
  return [...digestsOf(after)].filter((digest) => !known.has(digest)).length;
}

function digestsOf(lockfile: Lockfile | undefined): Set<string> {
  const images = lockfile?.images ?? [];
  return new Set(images.flatMap((image) => lockedGroups(image).map(({ digest }) => `${image.image} ${digest}`)));
}
