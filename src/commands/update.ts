import { tmpdir } from 'node:os';
import { ExitCode } from '../core/exit-code.ts';
import { prose } from '../core/markdown/inline.ts';
import { joinMarkdown, md } from '../core/markdown/markdown.ts';
import type { Problem } from '../core/problem.ts';
import { type Created, create } from '../update/create.ts';
import { fetchBranch, type Place, readSituation } from '../update/situation.ts';
import { decide } from '../update/table.ts';
import type { Change, Decision, Situation } from '../update/types.ts';
import type { Context, Outcome } from './context.ts';
import { openMirrorForge } from './mirror-git.ts';
import { summaryOf } from './summary.ts';
import { describeMade } from './update/describe.ts';
import { makeChange } from './update/make-change.ts';
import { checkAccess, findBase, findWorkplace } from './update/place.ts';
import { openConfig } from './workspace.ts';

export interface UpdateOptions {
  /** Decides, and writes nothing. */
  readonly dryRun: boolean;
}

/** All that is decided before anything is written. */
interface Built {
  readonly place: Place;
  readonly situation: Situation;
  readonly decision: Decision;
  readonly problems: readonly Problem[];
  readonly update: Awaited<ReturnType<typeof openConfig>>['update'];
}

/**
 * Locks and renders what stands at the tip of the base branch and keeps one branch with one commit, and one pull request
 * of it, while that differs. What is in the work tree does not matter.
 */
export async function update(context: Context, { dryRun }: UpdateOptions): Promise<Outcome> {
  const workplace = await findWorkplace(context);
  const forge = await openMirrorForge(context);
  try {
    const built = await build(context, workplace, forge);
    const { place, situation, decision } = built;
    const { labels, reviewers, assignees, autoMerge, draft } = built.update;
    const dress = { labels, reviewers, assignees, autoMerge };
    const created = dryRun ? undefined : await create(place, situation, decision, { dress, isDraft: draft });
    return outcomeOf(built, created);
  } finally {
    await forge.close();
  }
}

/** Reads and decides; writes nothing. */
async function build(
  context: Context,
  workplace: Awaited<ReturnType<typeof findWorkplace>>,
  forge: Awaited<ReturnType<typeof openMirrorForge>>,
): Promise<Built> {
  const access = await checkAccess(forge);
  // What says where to look is read in the work tree; what is proposed is made of the base alone.
  const { update } = await openConfig(context);
  const base = await findBase(workplace, update.base ?? access.defaultBranch);
  const temporaryDirectory = tmpdir();
  const place: Place = { ...workplace, forge, base, branch: update.branch, temporaryDirectory };
  const tip = await fetchBranch(place);
  const made = await makeChange(context, base.tip, { ...workplace, temporaryDirectory, keep: tip });
  const change = describeMade(forge, access, made);
  const situation = await readSituation(place, tip, change);
  return {
    place,
    situation,
    decision: decide(situation),
    problems: [...made.problems, ...leftWarning(change)],
    update,
  };
}

function leftWarning(change: Change | undefined): Problem[] {
  if (change === undefined || change.left.length === 0) return [];
  const message =
    'The token may not push workflow files: the pull request is made without them, and says how to add them.';
  return [{ code: 'update/workflows-left-out', severity: 'warning', message, value: change.left.join(', ') }];
}

const lateText = 'Another run was faster: what it did counts.';

function outcomeOf({ place, situation, decision, problems }: Built, created: Created | undefined): Outcome {
  const { change } = situation;
  const proposal = created?.proposal ?? situation.open[0];
  const all = [...problems, ...(created?.problems ?? [])];
  const files = [...(change?.files ?? [])].map(([path, text]) => ({
    path,
    change: text === null ? 'removed' : 'written',
  }));
  const says = created?.wasLate === true ? lateText : decision.says;
  return {
    exitCode: ExitCode.done,
    text: textOf(change, says, created === undefined, proposal?.url),
    json: {
      schema: 'mirrorlock/update/v1',
      decision: decision.row,
      says,
      written: created !== undefined && decision.steps.length > 0 && !created.wasLate,
      base: place.base,
      branch: place.branch,
      ...(change === undefined
        ? {}
        : { change: { title: change.title, body: change.body, content: change.content, files, leftOut: change.left } }),
      steps: decision.steps.map((step) => step.do),
      ...(created?.commit === undefined ? {} : { commit: created.commit }),
      ...(proposal === undefined ? {} : { pullRequest: { number: proposal.number, url: proposal.url } }),
      requests: place.forge.counts,
      warnings: all,
    },
    problems: all,
    summary: summaryOf(
      () => joinMarkdown([md`${prose(says)}`, ...(change === undefined ? [] : [md`${prose(change.title)}`])], '\n\n'),
      all,
    ),
  };
}

function textOf(change: Change | undefined, says: string, isDry: boolean, url: string | undefined): string {
  const files = [...(change?.files.keys() ?? [])].map((path) => `  ${path}`);
  const proposed = change === undefined ? [] : [change.title, ...files];
  const dry = isDry ? ['Nothing was written: this is what would be done.'] : [];
  return [...proposed, says, ...(url === undefined ? [] : [url]), ...dry].join('\n');
}
