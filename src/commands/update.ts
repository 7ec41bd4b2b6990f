import { posix } from 'node:path';
import { updateFacts } from '../monitor/facts.ts';
import type { MirrorFacts } from '../monitor/types.ts';
import { refuseDryWatch, type WatchOptions, watched } from '../monitor/watched.ts';
import { editedOutcome } from '../report/edited.ts';
import { keptOutcome } from '../report/update.ts';
import { completeEdit } from '../runs/update/complete-edit.ts';
import { keepProposal } from '../runs/update/keep-proposal.ts';
import { findWorkplace } from '../runs/update/workplace.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openMirrorForge } from '../session/mirror-repository.ts';

export interface UpdateOptions {
  /** Decides, and writes nothing. */
  readonly dryRun: boolean;
  /** The branch that changes go to; absent: what the configuration says, or the default branch. */
  readonly base?: string;
  /** The pull request of a person that the lockfile and rendered files are added to; absent: the bot keeps its own. */
  readonly pullRequest?: number;
}

/**
 * Keeps one pull request with what locking and rendering the base branch changes; or adds the lockfile and rendered files
 * to a pull request that changes mirrors.yaml. All of it is made from commits: what is in the work tree does not matter.
 *
 * @throws UserError as `findWorkplace`, `checkAccess`, `lock` and `render` do; ForgeError
 */
export async function update(
  context: Context,
  { watch, ...options }: UpdateOptions & { readonly watch: WatchOptions },
): Promise<Outcome> {
  if (options.dryRun) refuseDryWatch(watch);
  if (options.dryRun) return keep(context, options, () => undefined);
  const scope = options.pullRequest === undefined ? 'all' : 'part';
  return watched(context, { ...watch, command: 'update', scope }, (tell) => keep(context, options, tell));
}

async function keep(context: Context, options: UpdateOptions, tell: (facts: MirrorFacts) => void): Promise<Outcome> {
  const normal = { ...context, configFile: posix.normalize(context.configFile) };
  const workplace = await findWorkplace(normal);
  const forge = await openMirrorForge(normal);
  try {
    const { pullRequest } = options;
    if (pullRequest !== undefined) {
      return editedOutcome(forge, await completeEdit(normal, workplace, forge, { ...options, pullRequest }));
    }
    const kept = await keepProposal(normal, workplace, forge, options);
    tell(updateFacts(kept));
    return keptOutcome(kept);
  } finally {
    await forge.close();
  }
}
