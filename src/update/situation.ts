import { buildTree } from '../forge/git/commit.ts';
import { hasCommit, isShallow } from '../forge/git/read.ts';
import type { PushRemote } from '../forge/git/remote.ts';
import { type Git, runGit } from '../forge/git/run.ts';
import { carries, isTicked } from '../forge/hidden-markers.ts';
import type { Forge, Proposal } from '../forge/types.ts';
import { closedLimit, foreignCommits } from './foreign.ts';
import { treeOf } from './rebased.ts';
import { type BranchState, type Change, contentKey, overwriteBox, overwriteLabel, type Situation } from './types.ts';

/** Where a bot works. */
export interface ProposalPlace {
  readonly git: Git;
  readonly remote: PushRemote;
  readonly forge: Forge;
  readonly base: { readonly branch: string; readonly tip: string };
  readonly branch: string;
  /** Where in the git repository the mirror is: empty, or a path with `/` at its end. */
  readonly prefix: string;
  /** A folder for temporary files. */
  readonly temporaryDirectory: string;
}

/** Finds out all that is decided on. Reads the remote and the forge, and writes nothing there. Throws ForgeErrors. */
export async function readSituation(
  place: ProposalPlace,
  tip: string | undefined,
  change: Change | undefined,
  left: readonly string[],
): Promise<Situation> {
  const { forge, base, branch: head } = place;
  const listed = await forge.findProposals({ head, base: base.branch, state: 'open' });
  const ours = listed.items.filter(({ head: { fork } }) => fork === undefined);
  const open = await Promise.all(ours.map(async (one) => (await forge.readProposal(one.number)) ?? one));
  open.sort((a, b) => a.number - b.number);
  const isWanted = ({ labels, body }: Proposal) =>
    labels.includes(overwriteLabel) || isTicked(body, overwriteBox) === true;
  return {
    change,
    left,
    branch: tip === undefined ? undefined : await readBranch(place, tip, change),
    open,
    declined: change === undefined || open.length > 0 ? undefined : await findDeclined(place, change),
    mayOverwrite: open.some(isWanted),
  };
}

async function readBranch(place: ProposalPlace, tip: string, change: Change | undefined): Promise<BranchState> {
  const { git, forge, branch, temporaryDirectory } = place;
  const fork = await forkPoint(place, tip);
  const isCurrent = change !== undefined && (await holds(place, fork, tip, change));
  // What holds just the change loses nothing when it is made anew, whoever made it.
  const foreign = isCurrent
    ? []
    : await foreignCommits({ git, forge, branch, base: place.base.branch, fork, tip, temporaryDirectory });
  return { name: branch, tip, foreign, isCurrent };
}

/** Where the branch left the base. In a shallow clone the forge knows, and git takes what lies before for the branch's own. */
async function forkPoint({ git, forge, base }: ProposalPlace, tip: string): Promise<string> {
  if (await isShallow(git)) {
    const mergeBase = (await forge.compare(base.tip, tip))?.mergeBase;
    return mergeBase !== undefined && (await hasCommit(git, mergeBase)) ? mergeBase : base.tip;
  }
  const { exitCode, stdout } = await runGit(git, { args: ['merge-base', base.tip, tip] });
  return exitCode === 0 ? stdout.trim() : base.tip;
}

/** Whether a branch holds what the bot would make of the change where it left the base: the same files, and no other. */
async function holds(
  { git, temporaryDirectory }: ProposalPlace,
  fork: string,
  tip: string,
  { files }: Change,
): Promise<boolean> {
  const built = await buildTree(git, { base: fork, files, temporaryDirectory });
  return built !== undefined && built.tree === (await treeOf(git, tip));
}

/** The last proposal of this content that somebody else than a bot closed. */
async function findDeclined(
  { forge, base, branch: head }: ProposalPlace,
  change: Change,
): Promise<Proposal | undefined> {
  const { items } = await forge.findProposals({ head, base: base.branch, state: 'closed', limit: closedLimit });
  const last = items.find(({ state, body }) => state === 'closed' && carries(body, contentKey(change.content)));
  if (last === undefined) return undefined;
  const [closer, self] = [await forge.closedBy(last.number), await forge.identify()];
  return closer?.isBot === true || closer?.name === self.name ? undefined : last;
}
