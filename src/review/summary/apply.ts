import type { ApplyResult, GroupFailure } from '../../apply/types.ts';
import { byCause } from '../../core/causes.ts';
import { table } from '../../core/markdown/blocks.ts';
import { code } from '../../core/markdown/inline.ts';
import { type Markdown, md } from '../../core/markdown/markdown.ts';
import type { Problem } from '../../core/problem.ts';
import { tagList } from '../../diff/image-table.ts';
import { shortDigest } from '../../diff/words.ts';
import type { Part } from '../fit.ts';
import { chunks } from './chunks.ts';
import { counted } from './counted.ts';
import { problemText } from './problem-text.ts';

/** What an apply did at a destination, and the counted pulls that it took. */
export interface AppliedAt {
  readonly destination: string;
  readonly result: ApplyResult;
  readonly countedPulls: number;
}

const failuresInTable = 50;
const shownTags = 20;

/** The counts, and tables of the groups that failed and of those that wait for a later run. */
export function applyParts({ destination, result, countedPulls }: AppliedAt): Part[] {
  const { copied, tagged, unchanged, failures, waiting } = result;
  const failed = failures.length > 0 ? md`, **${counted(failures.length, 'group')} failed**` : md``;
  const later = waiting.length > 0 ? md`, ${counted(waiting.length, 'group')} for a later run` : md``;
  const done = md`${counted(copied, 'group')} copied, ${counted(tagged, 'tag')} put, ${unchanged} unchanged${failed}${later} (${counted(countedPulls, 'counted pull')}).`;
  return [
    { name: destination, content: md`### Applied to ${code(destination)}\n\n${done}` },
    ...groupParts('failures', md`failed image`, failures),
    ...groupParts('waiting', md`waiting image`, waiting),
  ];
}

/** A cause of several groups is told once, above a table of them; the others stand in one table, each with its own. */
function groupParts(name: string, head: Markdown, groups: readonly GroupFailure[]): Part[] {
  const causes = byCause(groups, ({ problem, image, tags }) => ({ problem, names: [image], tags }));
  const shared = causes.filter(({ stopped }) => stopped.length > 1);
  const single = causes.filter(({ stopped }) => stopped.length === 1).flatMap(({ stopped }) => stopped);
  return [
    ...shared.flatMap(({ problem, stopped }) =>
      chunks(stopped, failuresInTable).map((own, nth) => ({
        name,
        content: nth === 0 ? md`${causeText(problem, stopped)}\n\n${groupTable(head, own)}` : groupTable(head, own),
      })),
    ),
    ...chunks(single, failuresInTable).map((own) => ({ name, content: groupTable(head, own, true) })),
  ];
}

function causeText(problem: Problem, stopped: readonly GroupFailure[]): Markdown {
  const images = new Set(stopped.map(({ image }) => image)).size;
  return md`**${counted(stopped.length, 'group')} of ${counted(images, 'image')}:** ${problemText(problem)}`;
}

function groupTable(head: Markdown, groups: readonly GroupFailure[], saysWhy = false): Markdown {
  const rows = groups.map(({ image, digest, tags, problem }) => [
    code(image),
    code(shortDigest(digest)),
    tagList(tags, shownTags),
    ...(saysWhy ? [problemText(problem)] : []),
  ]);
  return table([head, md`digest`, md`tags not put`, ...(saysWhy ? [md`why`] : [])], rows);
}
