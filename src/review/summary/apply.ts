import type { ApplyResult, GroupFailure } from '../../apply/types.ts';
import { table } from '../../core/markdown/blocks.ts';
import { code } from '../../core/markdown/inline.ts';
import { type Markdown, md } from '../../core/markdown/markdown.ts';
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
    ...chunks(failures, failuresInTable).map((own) => ({
      name: 'failures',
      content: groupTable(md`failed image`, own),
    })),
    ...chunks(waiting, failuresInTable).map((own) => ({
      name: 'waiting',
      content: groupTable(md`waiting image`, own),
    })),
  ];
}

function groupTable(head: Markdown, failures: readonly GroupFailure[]): Markdown {
  const rows = failures.map(({ image, digest, tags, problem }) => [
    code(image),
    code(shortDigest(digest)),
    tagList(tags, shownTags),
    problemText(problem),
  ]);
  return table([head, md`digest`, md`tags not put`, md`why`], rows);
}
