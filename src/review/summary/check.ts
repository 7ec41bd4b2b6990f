import { list } from '../../core/markdown/blocks.ts';
import { type Markdown, md } from '../../core/markdown/markdown.ts';
import type { Problem } from '../../core/problem.ts';
import type { Part } from '../fit.ts';
import { chunks } from './chunks.ts';
import { problemText } from './problem-text.ts';

/** What a check found: errors and warnings, and whether all is current. */
export interface Checked {
  readonly isCurrent: boolean;
  readonly problems: readonly Problem[];
}

const problemsInList = 50;

/** The outcome, then errors, then warnings. */
export function checkParts({ isCurrent, problems }: Checked): Part[] {
  const outcome = isCurrent ? md`Valid and up to date.` : md`**Out of date, or not valid.**`;
  const ofSeverity = (severity: Problem['severity']) => problems.filter((problem) => problem.severity === severity);
  return [
    { name: 'the outcome', content: md`### Check\n\n${outcome}` },
    ...lists('errors', md`**Errors**`, ofSeverity('error')),
    ...lists('warnings', md`**Warnings**`, ofSeverity('warning')),
  ];
}

function lists(name: string, title: Markdown, problems: readonly Problem[]): Part[] {
  return chunks(problems, problemsInList).map((own) => ({
    name,
    content: md`${title}\n\n${list(own.map(problemText))}`,
  }));
}
