import { buildCommit } from '../forge/git/commit.ts';
import { commitDate, commitsBetween, fetchTip, hasCommit, isShallow } from '../forge/git/read.ts';
import type { PushRemote } from '../forge/git/remote.ts';
import { type Git, gitOutput } from '../forge/git/run.ts';
import { carries, isTicked } from '../forge/hidden-markers.ts';
import type { Forge, Proposal } from '../forge/types.ts';
import {
  type BranchState,
  bot,
  type Change,
  contentKey,
  isOwn,
  overwriteBox,
  overwriteLabel,
  type Situation,
} from './types.ts';

/** Where a bot works. */
export interface ProposalPlace {
  readonly git: Git;
  readonly remote: PushRemote;
  readonly forge: Forge;
  readonly base: { readonly branch: string; readonly tip: string };
  readonly branch: string;
  /** A folder for temporary files. */
  readonly temporaryDirectory: string;
}

/** How many closed proposals are looked at: a bot that went on for months has many. */
const closedLimit = 30;

/** Finds out all that is decided on. Reads the remote and the forge, and writes nothing there. Throws ForgeErrors. */
export async function readSituation(
  place: ProposalPlace,
  tip: string | undefined,
  change: Change | undefined,
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
    branch: tip === undefined ? undefined : await readBranch(place, tip, change),
    open,
    declined: change === undefined || open.length > 0 ? undefined : await findDeclined(place, change),
    mayOverwrite: open.some(isWanted),
  };
}

/** Brings the bot's branch here; gives its tip, or undefined where there is none. */
export function fetchBranch({ git, remote, branch }: ProposalPlace): Promise<string | undefined> {
  return fetchTip(git, remote, branch);
}

async function readBranch(place: ProposalPlace, tip: string, change: Change | undefined): Promise<BranchState> {
  const commits = await commitsBetween(place.git, await forkPoint(place, tip), tip);
  const foreign = commits.filter((commit) => !isOwn(commit));
  return { tip, foreign, isCurrent: change !== undefined && (await holds(place, tip, change)) };
}

/** Where the branch left the base. In a shallow clone the forge knows, and git takes what lies before for the branch's own. */
async function forkPoint({ git, forge, base }: ProposalPlace, tip: string): Promise<string> {
  if (!(await isShallow(git))) return base.tip;
  const mergeBase = (await forge.compare(base.tip, tip))?.mergeBase;
  return mergeBase !== undefined && (await hasCommit(git, mergeBase)) ? mergeBase : base.tip;
}

/** Whether a commit is what the bot would make of the change on the commit before it: the same files, and no other. */
async function holds({ git, temporaryDirectory }: ProposalPlace, tip: string, { files }: Change): Promise<boolean> {
  const parents = (await gitOutput(git, { args: ['rev-list', '--parents', '--max-count=1', tip] }))
    .trim()
    .split(' ')
    .slice(1);
  const [parent] = parents;
  if (parent === undefined || parents.length > 1 || !(await hasCommit(git, parent))) return false;
  const date = await commitDate(git, parent);
  const built = await buildCommit(git, { base: parent, files, message: '-', author: bot, date, temporaryDirectory });
  return built !== undefined && built.tree === (await gitOutput(git, { args: ['rev-parse', `${tip}^{tree}`] })).trim();
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
