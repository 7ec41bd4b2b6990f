import { quote } from 'shell-quote';
import { type Changes, changesOf } from '../changes/changes.ts';
import { diffMarkdown } from '../changes/diff-markdown.ts';
import { diffText } from '../changes/diff-text.ts';
import { changesSections } from '../changes/markdown.ts';
import { linesBesideTags } from '../changes/text.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { prose } from '../core/markdown/inline.ts';
import { md } from '../core/markdown/markdown.ts';
import { diffJson } from '../diff/diff.ts';
import type { Forge } from '../forge/types.ts';
import { changesPatch } from '../render/changes.ts';
import { fitParts, leftOutLength, leftOutOfSummary, type Part } from '../review/fit.ts';
import { noteSection } from '../review/note.ts';
import type { CompletedEdit } from '../runs/update/complete-edit.ts';
import { droppedPolicyOf, folderOption } from '../runs/update/describe.ts';
import type { Edit } from '../runs/update/look-at-edit.ts';
import type { Outcome, Summary } from '../session/context.ts';
import { summaryOf } from './summary-file.ts';
import { filesJson, workflowsLeftOut } from './update.ts';

const lateText =
  'The branch of the pull request moved meanwhile: nothing is pushed; the run for its new tip continues.';

/** The outcome for a pull request of people. Exit code 3 where somebody has to do something. */
export function editedOutcome(forge: Forge, { edit, isDry, pushed }: CompletedEdit): Outcome {
  const { proposal, decision, made, left } = edit;
  const says = pushed === 'late' ? lateText : decision.says;
  const isToTell = decision.act === 'tell';
  const problems = [...(made?.problems ?? []), ...workflowsLeftOut(left)];
  const changes = made && changesOfEdit(made);
  const diff = changes?.diff;
  const isChanged = made !== undefined && made.files.size > 0;
  return {
    exitCode: isToTell && !isDry ? ExitCode.stale : ExitCode.done,
    text: [
      ...(isChanged && changes !== undefined ? [diffText(changes.diff, linesBesideTags(changes)), ''] : []),
      says,
      ...(isToTell ? ['', 'To do it:', ...commands(edit).map((line) => `  ${line}`)] : []),
      proposal.url,
      ...(isDry && decision.act === 'push' ? ['Nothing was written: this is what would be done.'] : []),
    ].join('\n'),
    json: {
      schema: 'mirrorlock/update/v2',
      decision: decision.row,
      says,
      written: pushed !== undefined && pushed !== 'late',
      pullRequest: { number: proposal.number, url: proposal.url },
      branch: proposal.head.branch,
      ...defined({ fork: proposal.head.fork }),
      ...(isChanged && diff !== undefined
        ? { change: { files: filesJson(made.files), patch: patchOf(edit), diff: diffJson(diff) } }
        : {}),
      leftOut: left,
      ...(isToTell ? { commands: commands(edit) } : {}),
      ...(pushed === undefined || pushed === 'late' ? {} : { commit: pushed }),
      requests: forge.counts,
      warnings: problems,
    },
    problems,
    summary: summaryOf(editedSummary(edit, says), problems),
  };
}

/** What people run at the top of a checkout of the branch, a line each. */
function commands({ made, prefix }: Edit): string[] {
  const paths = quote([...(made?.files.keys() ?? [])].sort());
  return [
    `mirrorlock lock${folderOption(prefix)}`,
    `mirrorlock render${folderOption(prefix)}`,
    `git add --all${paths === '' ? '' : ` -- ${paths}`}`,
    "git commit --message 'Update the lockfile'",
    'git push',
  ];
}

function patchOf({ made, present }: Edit): string {
  const changes = [...(made?.files ?? [])].map(([path, after]) => ({
    ...{ path, before: present.get(path), after: after ?? undefined },
  }));
  return changesPatch(changes.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

/** What the edit changes, in words. No evidence is read for a pull request that is not the bot's. */
function changesOfEdit({ before, after, config, digests }: NonNullable<Edit['made']>): Changes {
  return changesOf({ before, after, digests, policy: droppedPolicyOf(config) });
}

function editedSummary(edit: Edit, says: string): Summary {
  return (maxLength) =>
    md`${fitParts(partsOf(edit, says), maxLength - 1, { restLength: leftOutLength, rest: leftOutOfSummary })}\n`;
}

function partsOf(edit: Edit, says: string): Part[] {
  const { decision, made } = edit;
  const outcome: Part = { name: 'the outcome', content: md`### Lockfile\n\n${prose(says)}` };
  const tell: Part = {
    name: 'what to run',
    content: noteSection({
      title: 'What to run',
      text: ['In a checkout of the branch:'],
      code: { language: 'sh', text: commands(edit).join('\n') },
    }),
  };
  const changes = made && changesOfEdit(made);
  const sections = changes === undefined ? [] : changesSections(changes);
  const isFirst = changes !== undefined && changes.lookAtFirst.length > 0;
  const first = sections.slice(0, isFirst ? 1 : 0);
  if (made === undefined || changes === undefined || made.files.size === 0)
    return [...first, outcome, ...(decision.act === 'tell' ? [tell] : [])];
  const patch = {
    title: 'The files',
    text: ['This is what the commands give; `git apply` takes it too.'],
    code: { language: 'diff' as const, text: patchOf(edit) },
  };
  return [
    ...first,
    outcome,
    ...(decision.act === 'tell' ? [tell] : []),
    ...sections.slice(first.length),
    { name: 'the tags', content: diffMarkdown(changes.diff) },
    ...(decision.act === 'tell' ? [{ name: 'the files', content: noteSection(patch) }] : []),
  ];
}
