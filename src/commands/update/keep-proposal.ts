import { tmpdir } from 'node:os';
import type { UpdateSettings } from '../../config/types.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { prose } from '../../core/markdown/inline.ts';
import { joinMarkdown } from '../../core/markdown/markdown.ts';
import type { Problem } from '../../core/problem.ts';
import { isForgeError } from '../../forge/errors.ts';
import type { Access, Forge } from '../../forge/types.ts';
import { type Created, create } from '../../update/create.ts';
import { fetchBranch, type Place, readSituation } from '../../update/situation.ts';
import { decide } from '../../update/table.ts';
import type { Change, Decision, Situation } from '../../update/types.ts';
import type { Context, Outcome } from '../context.ts';
import { summaryOf } from '../summary.ts';
import { describeMade } from './describe.ts';
import { filesJson, workflowsLeftOut } from './files-json.ts';
import { type Made, makeChange } from './make-change.ts';
import { checkAccess, findBase, type Workplace } from './place.ts';

/** What locking and rendering at the tip of the base gave, and where it would be proposed. */
interface Ground {
  readonly place: Place;
  readonly made: Made;
  /** The tip of the bot's branch. */
  readonly tip: string | undefined;
  readonly update: UpdateSettings;
}

/** All that is decided before anything is written. */
interface Built extends Ground {
  readonly situation: Situation;
  readonly decision: Decision;
  readonly left: readonly string[];
}

/** Keeps one branch with one commit, and one pull request of it, while locking and rendering changes something at the base. */
export async function keepProposal(
  context: Context,
  workplace: Workplace,
  forge: Forge,
  { dryRun, base }: { readonly dryRun: boolean; readonly base?: string },
): Promise<Outcome> {
  const access = await checkAccess(forge);
  const ground = await lookAtBase(context, workplace, forge, base ?? access.defaultBranch, base !== undefined);
  const built = await decideOn(ground, access);
  if (dryRun) return outcomeOf(built, undefined);
  try {
    return outcomeOf(built, await carryOut(built));
  } catch (error) {
    if (!isForgeError(error, 'workflow-permission')) throw error;
    // GitHub does not tell before a push whether the token of an App may change workflows.
    const without = await decideOn(ground, { mayPushWorkflows: 'no' });
    return outcomeOf(without, await carryOut(without));
  }
}

/** Locks and renders; writes nothing that lasts. */
async function lookAtBase(
  context: Context,
  workplace: Workplace,
  forge: Forge,
  branch: string,
  isGiven: boolean,
): Promise<Ground> {
  const { base, update } = await findBase(context, workplace, branch, isGiven);
  const temporaryDirectory = tmpdir();
  const place: Place = { ...workplace, forge, base, branch: update.branch, temporaryDirectory };
  const tip = await fetchBranch(place);
  const made = await makeChange(context, base.tip, { ...workplace, temporaryDirectory, keep: tip });
  return { place, made, tip, update };
}

async function decideOn(ground: Ground, access: Pick<Access, 'mayPushWorkflows'>): Promise<Built> {
  const { place, made, tip } = ground;
  const { change, left } = describeMade(place.forge, access, made);
  const situation = await readSituation(place, tip, change);
  return { ...ground, situation, decision: decide(situation), left };
}

function carryOut({ place, situation, decision, update }: Built): Promise<Created> {
  const { labels, reviewers, assignees, autoMerge, draft } = update;
  const dress = { labels, reviewers, assignees, autoMerge };
  return create(place, situation, decision, { dress, isDraft: draft });
}

const lateText = 'Another run was faster: what it did counts.';

function outcomeOf({ place, made, situation, decision, left }: Built, created: Created | undefined): Outcome {
  const { change } = situation;
  const proposal = created?.proposal ?? situation.open[0];
  const problems: Problem[] = [...made.problems, ...workflowsLeftOut(left), ...(created?.problems ?? [])];
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
      ...(change === undefined ? {} : { change: changeJson(change) }),
      leftOut: left,
      steps: decision.steps.map((step) => step.do),
      ...(created?.commit === undefined ? {} : { commit: created.commit }),
      ...(proposal === undefined ? {} : { pullRequest: { number: proposal.number, url: proposal.url } }),
      requests: place.forge.counts,
      warnings: problems,
    },
    problems,
    summary: summaryOf(
      () => joinMarkdown([prose(says), ...(change === undefined ? [] : [prose(change.title)])], '\n\n'),
      problems,
    ),
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
