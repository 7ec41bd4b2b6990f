import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import type { FileChanges } from '../forge/git/files.ts';
import type { KeptProposal } from '../runs/update/keep-proposal.ts';
import type { Outcome } from '../session/context.ts';
import type { Change } from '../update/types.ts';
import { summarizeUpdate } from './summary.ts';
import { summaryOf } from './summary-file.ts';

const lateText = 'Another run was faster: its result stays.';

/** The outcome of the pull request that the bot keeps. */
export function keptOutcome({ built, created }: KeptProposal): Outcome {
  const { place, made, situation, decision, left, evidence, changes } = built;
  const { change } = situation;
  const proposal = created?.proposal ?? situation.open[0];
  const problems: Problem[] = [
    ...made.problems,
    ...workflowsLeftOut(left),
    ...(evidence?.problems ?? []),
    ...(created?.problems ?? []),
  ];
  const says = created?.wasLate === true ? lateText : decision.says;
  return {
    exitCode: created?.isUnsigned === true ? ExitCode.stale : ExitCode.done,
    text: textOf(change, says, created === undefined, created?.issue?.url ?? proposal?.url),
    json: {
      schema: 'mirrorlock/update/v2',
      decision: decision.row,
      says,
      written: created?.wrote === true && !created.wasLate,
      base: place.base,
      branch: place.branch,
      ...(change === undefined ? {} : { change: changeJson(change) }),
      leftOut: left,
      steps: decision.steps.map((step) => step.do),
      ...(created?.commit === undefined ? {} : { commit: created.commit }),
      ...(proposal === undefined ? {} : { pullRequest: { number: proposal.number, url: proposal.url } }),
      ...(created?.issue === undefined ? {} : { issue: { number: created.issue.number, url: created.issue.url } }),
      requests: place.forge.counts,
      warnings: problems,
    },
    problems,
    summary: summaryOf((maxLength) => summarizeUpdate(says, changes, maxLength), problems),
  };
}

function changeJson({ title, body, content, files }: Change) {
  return { title, body, content, files: filesJson(files) };
}

function textOf(change: Change | undefined, says: string, isDry: boolean, url: string | undefined): string {
  const files = [...(change?.files.keys() ?? [])].map((path) => `  ${path}`);
  const proposed = change === undefined ? [] : [change.title, ...files];
  const dry = isDry ? ['Nothing was written: this is what would be done.'] : [];
  return [...proposed, says, ...(url === undefined ? [] : [url]), ...dry].join('\n');
}

/** Files of a commit as `--json` names them. */
export function filesJson(files: FileChanges): { path: string; change: 'written' | 'removed' }[] {
  return [...files].map(([path, text]) => ({ path, change: text === null ? 'removed' : 'written' }));
}

/** The warning where files are out of date that the token may not push. */
export function workflowsLeftOut(left: readonly string[]): Problem[] {
  if (left.length === 0) return [];
  const message = 'The token may not push workflow files: they are out of date, and are left out.';
  const hint = 'Run `mirrorlock render` and commit them, or name a GitHub App in `ci.app` that may.';
  return [{ code: 'update/workflows-left-out', severity: 'warning', message, value: left.join(', '), hint }];
}
