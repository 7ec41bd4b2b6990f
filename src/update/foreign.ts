import { keepsItsContent } from '../forge/git/commit.ts';
import { commitsBetween, type HistoryEntry, hasCommit } from '../forge/git/read.ts';
import { type Git, runGit } from '../forge/git/run.ts';
import type { Forge } from '../forge/types.ts';
import { isPlainRebase, treeOf } from './rebased.ts';
import { isOwn } from './types.ts';

/** A branch of the bot's, from the commit where it left the base. */
interface BotBranch {
  readonly git: Git;
  readonly forge: Pick<Forge, 'findProposals'>;
  readonly base: string;
  readonly branch: string;
  readonly fork: string;
  readonly tip: string;
  /** A folder for temporary files. */
  readonly temporaryDirectory: string;
}

/** How many proposals that are no longer open are looked at: a bot that went on for months has many. */
export const closedLimit = 30;

/**
 * The commits of the bot's branch that hold an edit of somebody. Nobody's are: the bot's own, also where a forge committed
 * them anew or rebased them; a merge with the tree that git makes; and all that a merged proposal has brought to the base.
 */
export async function foreignCommits(place: BotBranch): Promise<HistoryEntry[]> {
  const { git, fork, tip, temporaryDirectory } = place;
  const foreign: HistoryEntry[] = [];
  for (const commit of await commitsBetween(git, fork, tip))
    if (!(await isNobodysEdit(git, commit, temporaryDirectory))) foreign.push(commit);
  if (foreign.length === 0) return [];
  const merged = await mergedWith(place);
  return foreign.filter(({ commit }) => !merged.has(commit));
}

async function isNobodysEdit(git: Git, commit: HistoryEntry, temporaryDirectory: string): Promise<boolean> {
  if (isOwn(commit) || (await keepsItsContent(git, commit)) || (await isPlainMerge(git, commit))) return true;
  return isPlainRebase(git, commit, temporaryDirectory);
}

/** Whether a commit merges two others into the tree that git makes of them by itself. */
async function isPlainMerge(git: Git, { commit, parents }: HistoryEntry): Promise<boolean> {
  const [ours, theirs] = parents;
  if (ours === undefined || theirs === undefined || parents.length !== 2) return false;
  // A git before 2.38 does not know this, a conflict ends with 1, and a shallow clone may lack what the two share.
  const merged = await runGit(git, { args: ['merge-tree', '--write-tree', ours, theirs] });
  return merged.exitCode === 0 && merged.stdout.trim() === (await treeOf(git, commit));
}

/** The commits of the branch that merged proposals held, by squash or rebase too. */
async function mergedWith({ git, forge, base, branch, fork }: BotBranch): Promise<ReadonlySet<string>> {
  const { items } = await forge.findProposals({ head: branch, base, state: 'closed', limit: closedLimit });
  const commits = new Set<string>();
  for (const { state, head } of items) {
    if (state !== 'merged' || commits.has(head.commit) || !(await hasCommit(git, head.commit))) continue;
    for (const { commit } of await commitsBetween(git, fork, head.commit)) commits.add(commit);
  }
  return commits;
}
