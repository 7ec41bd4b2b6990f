import { causeLine } from './causes.ts';
import { type Changes, releaseLine, restLine } from './changes.ts';
import { kindWords, policyWords } from './findings.ts';
import { insideLine, vulnerabilityLines, withoutPackages } from './inside.ts';
import { stillPendingLines } from './pending.ts';
import { titleOf } from './words.ts';

/** The title, and the parts of the text with a heading each; empty parts are left out. */
interface ChangesText {
  readonly title: string;
  readonly parts: readonly { readonly heading: string; readonly lines: readonly string[] }[];
}

const tagsHeading = 'Other tags';

/** All that is said of changes, as plain lines with names in backquotes. */
function changesWords(changes: Changes): ChangesText {
  const { diff, lookAtFirst, releases, rebuilds, rest, words } = changes;
  const findings = kindWords(lookAtFirst, words).map(({ title, text }) => `${title}: ${text}`);
  const parts = [
    { heading: 'Look at first', lines: [...findings, ...policyWords(lookAtFirst, words)] },
    { heading: 'What merging does', lines: changes.merging?.lines ?? [] },
    { heading: 'Releases', lines: releases.map((own) => withUrl(releaseLine(own), own)) },
    {
      heading: 'Rebuilt',
      lines: rebuilds.map((own) => withUrl(causeLine(own, changes.now), own.cause.kind === 'source' ? own.cause : {})),
    },
    { heading: 'What changed inside', lines: [...changes.inside.map(insideLine), ...withoutPackages(changes.inside)] },
    { heading: 'Vulnerabilities', lines: vulnerabilityLines(changes.evidence?.vulnerabilities ?? []) },
    { heading: tagsHeading, lines: rest.map(restLine) },
    { heading: 'Still pending', lines: stillPendingLines(changes.stillPending) },
    { heading: 'What is not known', lines: changes.notKnown },
  ];
  return { title: titleOf(diff), parts: parts.filter(({ lines }) => lines.length > 0) };
}

function withUrl(line: string, { compare }: { readonly compare?: string }): string {
  return compare === undefined ? line : `${line} ${compare}`;
}

/** The changes for people at a terminal. */
export function changesText(changes: Changes): string {
  const { title, parts } = changesWords(changes);
  return [title, ...parts.flatMap(partLines)].join('\n');
}

/** The lines below the title, without those on tags that a list of tags says as well. */
export function linesBesideTags(changes: Changes): string[] {
  return changesWords(changes)
    .parts.filter(({ heading }) => heading !== tagsHeading)
    .flatMap(partLines);
}

function partLines({ heading, lines }: ChangesText['parts'][number]): string[] {
  return ['', heading, ...lines.map((line) => `  ${line}`)];
}
