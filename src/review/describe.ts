import { prose } from '../core/markdown/inline.ts';
import { type Markdown, md } from '../core/markdown/markdown.ts';
import { diffLockfiles } from '../diff/diff.ts';
import { markdownHeadline } from '../diff/markdown.ts';
import type { LockDiff } from '../diff/types.ts';
import { marker } from '../forge/marked.ts';
import { factsSection } from './facts.ts';
import { findToLookAt } from './find.ts';
import { findingsSection } from './findings-text.ts';
import { fitParts, type Part } from './fit.ts';
import { plainHeadline } from './headline.ts';
import { imageSection, isMany, overviewTable } from './image-sections.ts';
import { leftOutLength, leftOutOfProposal } from './left-out.ts';
import { noteSection } from './note.ts';
import type { ChangeDescription, ChangeInput } from './types.ts';
import { upstreamLinks } from './upstream-links.ts';

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
  const findings = findToLookAt(input.before, input.after, diff);
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
