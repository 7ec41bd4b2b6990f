import type { UpdateSettings } from '../../config/types.ts';
import { botBranch } from '../../config/update.ts';
import { fetchTip, isShallow } from '../../forge/git/read.ts';
import { gitOutput, runGit } from '../../forge/git/run.ts';
import type { Forge, ProposalHead } from '../../forge/types.ts';
import { lockfileName } from '../../lock/file.ts';
import { syncFolder } from '../../render/sync-file.ts';
import { type BranchTip, failure, type Workplace } from './workplace.ts';

/** The bot's branch, and its tip where the remote has it. */
interface OwnBranch {
  readonly branch: string;
  readonly tip: string | undefined;
}

/**
 * Finds the branch of this mirror and fetches it. In a folder of the git repository, an open proposal from the branch
 * that all mirrors once shared is carried on, where it holds files of this one.
 *
 * @throws UserError `update/branch-of-another`, ForgeError
 */
export async function findBotBranch(
  workplace: Workplace,
  forge: Forge,
  base: BranchTip,
  update: Pick<UpdateSettings, 'branch'>,
): Promise<OwnBranch> {
  const branch = botBranch(update, workplace.prefix);
  const shared = botBranch(update, '');
  if (shared !== branch && (await isOpen(forge, shared, base.branch))) {
    const tip = await fetchTip(workplace.git, workplace.remote, shared);
    if (tip !== undefined && (await foldersIn(workplace, base.tip, tip)).every((one) => one === workplace.prefix))
      return { branch: shared, tip };
  }
  const tip = await fetchTip(workplace.git, workplace.remote, branch);
  const others = tip === undefined ? [] : await foldersIn(workplace, base.tip, tip);
  const other = others.find((one) => one !== workplace.prefix);
  if (other === undefined) return { branch, tip };
  const hint = 'Give each mirror of the git repository a branch of its own by `update.branch`.';
  const where = other === '' ? 'the top of the git repository' : other;
  throw failure('update/branch-of-another', `The bot’s branch holds files of the mirror in ${where}.`, branch, hint);
}

/** Whether a branch is the bot's for this mirror, the one that mirrors once shared included. */
export async function isOfBot(
  workplace: Workplace,
  { branch }: ProposalHead,
  base: string,
  update: Pick<UpdateSettings, 'branch'>,
): Promise<boolean> {
  if (branch === botBranch(update, workplace.prefix)) return true;
  if (branch !== botBranch(update, '')) return false;
  const tip = await fetchTip(workplace.git, workplace.remote, branch);
  return tip !== undefined && (await foldersIn(workplace, base, tip)).every((one) => one === workplace.prefix);
}

async function isOpen(forge: Forge, head: string, base: string): Promise<boolean> {
  const { items } = await forge.findProposals({ head, base, state: 'open' });
  return items.some(({ head: { fork } }) => fork === undefined);
}

const generated = new RegExp(`^(.*/)?(?:${lockfileName.replaceAll('.', '\\.')}|${syncFolder}/[^/]+\\.yaml)$`, 's');

/** The folders of the mirrors whose generated files a branch changes. In a shallow clone nobody knows where it began. */
async function foldersIn({ git }: Workplace, base: string, tip: string): Promise<string[]> {
  if (await isShallow(git)) return [];
  const { exitCode, stdout } = await runGit(git, { args: ['merge-base', base, tip] });
  if (exitCode !== 0) return [];
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', stdout.trim(), tip];
  const paths = (await gitOutput(git, { args })).split('\0').filter(Boolean);
  return [...new Set(paths.flatMap((path) => (generated.test(path) ? [generated.exec(path)?.[1] ?? ''] : [])))];
}
