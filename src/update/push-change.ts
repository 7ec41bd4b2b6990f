import { attempt } from '../core/attempt.ts';
import { ForgeError, isForgeError } from '../forge/errors.ts';
import { buildCommit, buildTree, messageOf } from '../forge/git/commit.ts';
import type { FileChanges } from '../forge/git/files.ts';
import { deleteBranch, type Lease, pushCommit } from '../forge/git/push.ts';
import { commitDate, fetchTip, parentsOf, remoteRefs } from '../forge/git/read.ts';
import type { PushRemote } from '../forge/git/remote.ts';
import { type Git, gitOutput } from '../forge/git/run.ts';
import type { FileEdit, Forge } from '../forge/types.ts';
import type { CommitWords } from './commit-words.ts';
import { treeOf } from './rebased.ts';

/** Where a change is pushed to. */
interface PushPlace {
  readonly git: Git;
  readonly remote: PushRemote;
  readonly forge: Pick<Forge, 'kind' | 'commitFiles'>;
  /** A folder for temporary files. */
  readonly temporaryDirectory: string;
}

interface ChangePush {
  /** The commit to build on. */
  readonly base: string;
  readonly branch: string;
  /** What the branch is at before. */
  readonly expected: Lease;
  readonly files: FileChanges;
  readonly words: CommitWords;
}

/**
 * Makes one commit on top of `base`, by git or by the forge, and pushes it to a branch by force under a lease. Gives the
 * commit.
 *
 * @throws ForgeError as `buildCommit`, `commitFiles` and `pushCommit` do; `forge/other-commit` where the forge made another
 * commit than git would
 */
export async function pushChange(place: PushPlace, change: ChangePush): Promise<string> {
  return change.words.by === 'forge' ? pushByForge(place, change) : pushByGit(place, change);
}

async function pushByGit(place: PushPlace, { base, branch, expected, files, words }: ChangePush): Promise<string> {
  const { git, remote, temporaryDirectory } = place;
  const date = await commitDate(git, base);
  const built = await buildCommit(git, { base, files, ...words, date, temporaryDirectory });
  if (built === undefined) throw nothingToPush();
  await pushCommit(git, remote, { commit: built.commit, ref: `refs/heads/${branch}`, expected });
  return built.commit;
}

/**
 * The API of a forge commits to a branch, and has no lease for one that is to be begun anew. So the commit is made on a branch
 * beside it, checked, moved to by git under a lease, and the other branch is deleted. A pull request never sees its branch
 * without a commit: the forge would close it.
 */
async function pushByForge(place: PushPlace, { base, branch, expected, files, words }: ChangePush): Promise<string> {
  const { git, remote, forge, temporaryDirectory } = place;
  const built = await buildTree(git, { base, files, temporaryDirectory });
  if (built === undefined) throw nothingToPush();
  const beside = `${branch}.next`;
  const ref = `refs/heads/${beside}`;
  const left = (await remoteRefs(git, remote, [ref])).get(ref);
  await pushCommit(git, remote, { commit: base, ref, expected: left ?? 'absent' });
  let tip = base;
  try {
    const message = messageOf(words, built.content);
    const edits = await editsOf(git, base, files);
    tip = await forge.commitFiles({ branch: beside, expected: base, edits, message });
    await checkCommit(place, beside, { commit: tip, base, tree: built.tree });
    await pushCommit(git, remote, { commit: tip, ref: `refs/heads/${branch}`, expected });
  } catch (error) {
    // What is left there is begun anew by the next run.
    await attempt(() => deleteBranch(git, remote, beside, tip));
    throw error;
  }
  const deleted = await attempt(() => deleteBranch(git, remote, beside, tip));
  // Another run uses it now.
  if (!deleted.ok && !isForgeError(deleted.error, 'push-stale')) throw deleted.error;
  return tip;
}

/** What the forge is told of each file: whether there was one, and its bytes. */
async function editsOf(git: Git, base: string, files: FileChanges): Promise<FileEdit[]> {
  const listed = await gitOutput(git, { args: ['ls-tree', '-r', '-z', '--name-only', '--full-tree', base] });
  const there = new Set(listed.split('\0'));
  return [...files].flatMap(([path, text]): FileEdit[] => {
    const wasThere = there.has(path);
    if (text === null) return wasThere ? [{ path, change: 'delete' }] : [];
    return [{ path, change: wasThere ? 'update' : 'create', content: Buffer.from(text) }];
  });
}

interface Expected {
  readonly commit: string;
  readonly base: string;
  readonly tree: string;
}

/** The API takes no modes of files, and may change their bytes: what it made must be what git would have made. */
async function checkCommit({ git, remote, forge }: PushPlace, branch: string, expected: Expected): Promise<void> {
  const tip = await fetchTip(git, remote, branch);
  const isAsMeant =
    tip === expected.commit &&
    (await parentsOf(git, tip)).join() === expected.base &&
    (await treeOf(git, tip)) === expected.tree;
  if (isAsMeant) return;
  throw new ForgeError({
    kind: 'other-commit',
    request: forge.kind === 'github' ? 'POST /graphql' : 'POST /repository/commits',
    summary: 'the forge made another commit than was asked for.',
    value: expected.commit,
  });
}

function nothingToPush(): Error {
  return new Error('a change that changes nothing was to be pushed');
}
