import { list } from '../core/markdown/blocks.ts';
import { prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { named } from '../core/words.ts';
import { causeLine } from './causes.ts';
import { type Changes, releaseLine, restLine, stillPendingLine } from './changes.ts';
import { findingsSection } from './findings.ts';
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

const linesInSection = 12;
/** With more lines, nothing stands behind them. */
const fewLines = 12;

/** The sections on changes, what matters first. @param behind absent: nothing stands behind a line */
export function changesSections(changes: Changes, behind: Behind = () => md``): Section[] {
  const { lookAtFirst, words, releases, rebuilds, rest, stillPending } = changes;
  const first = findingsSection(lookAtFirst, words).map((content) => {
    return { name: 'what to look at first', content, isEssential: true };
  });
  const isShort = releases.length + rest.length <= fewLines;
  const linked = (line: string, image: string) => (isShort ? md`${prose(line)}${behind(image)}` : prose(line));
  const released = releases.map((own) => linked(releaseLine(own), own.image));
  const others = rest.map((own) => linked(restLine(own), own.image));
  return [
    ...first,
    ...(released.length === 0
      ? []
      : [{ name: 'releases', content: md`### Releases\n\n${list(released)}`, isEssential: true }]),
    ...chunks('Rebuilt', 'rebuilt groups', rebuilds.map(causeLine).map(prose)),
    ...chunks('Other tags', 'other tags', others),
    ...chunks('Still pending', 'tags that stay pending', stillPending.map(stillPendingLine).map(prose)),
  ];
}

/** Lines in sections of a few each, so that as many as fit are shown; only the first has the heading. */
function chunks(heading: string, name: string, lines: readonly Markdown[]): Section[] {
  const starts = Array.from({ length: Math.ceil(lines.length / linesInSection) }, (_, index) => index * linesInSection);
  return starts.map((start) => {
    const items = list(lines.slice(start, start + linesInSection));
    return { name, content: start === 0 ? md`### ${prose(heading)}\n\n${items}` : items, isEssential: false };
  });
}

/** The changes as Markdown, all of them. */
export function changesMarkdown(changes: Changes): Markdown {
  const title = prose(titleOf(changes.diff, { show: named, isFit: () => true }));
  return joinMarkdown([md`**${title}**`, ...changesSections(changes).map(({ content }) => content)], '\n\n');
}
