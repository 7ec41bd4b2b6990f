import { tmpdir } from 'node:os';
import { isForgeError } from '../../forge/errors.ts';
import type { Forge } from '../../forge/types.ts';
import { describeChange } from '../../review/describe.ts';
import type { Context } from '../../session/context.ts';
import { commitWords } from '../../update/commit-words.ts';
import { pushChange } from '../../update/push-change.ts';
import { type Edit, lookAtEdit } from './look-at-edit.ts';
import { checkMayPush, type Workplace } from './workplace.ts';

export interface CompletedEdit {
  readonly edit: Edit;
  readonly isDry: boolean;
  /** The commit that was pushed; `late` where somebody else was faster. */
  readonly pushed?: string | 'late';
}

interface CompleteOptions {
  readonly dryRun: boolean;
  readonly pullRequest: number;
}

/**
 * Adds lockfile and rendered files to a pull request whose configuration they do not fit: to a branch of this repository
 * by one commit; for a fork nothing is pushed, and people are told. Nothing of it is ever run.
 *
 * @throws UserError `update/no-such-pull-request`, `update/no-branch`, `update/may-not-push`, and as `lock` and `render`
 *   do; ForgeError
 */
export async function completeEdit(
  context: Context,
  workplace: Workplace,
  forge: Forge,
  { dryRun, pullRequest }: CompleteOptions,
): Promise<CompletedEdit> {
  const access = await forge.probe();
  const edit = await lookAtEdit(context, workplace, forge, access, pullRequest);
  if (dryRun || edit.decision.act !== 'push') return { edit, isDry: dryRun };
  checkMayPush(forge, access);
  return { edit, isDry: false, pushed: await push(workplace, forge, edit) };
}

/** Gives the commit, or `late` where the branch moved meanwhile: whoever moved it starts a run of its own. */
async function push(workplace: Workplace, forge: Forge, edit: Edit): Promise<string | 'late'> {
  const { proposal, files, head, made } = edit;
  if (head === undefined || made === undefined) throw new Error('what was not made was to be pushed');
  const { headline } = describeChange({ forge: forge.kind, before: made.before, after: made.after });
  const words = commitWords(`Update the lockfile: ${headline}`, edit.commit, workplace.git.env);
  const place = { ...workplace, forge, temporaryDirectory: tmpdir() };
  try {
    return await pushChange(place, { base: head, branch: proposal.head.branch, expected: head, files, words });
  } catch (error) {
    if (isForgeError(error, 'push-stale')) return 'late';
    throw error;
  }
}
