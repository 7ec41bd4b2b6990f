import { buildTree, keepsItsContent } from '../forge/git/commit.ts';
import { type HistoryEntry, readFileAt } from '../forge/git/read.ts';
import { type Git, gitOutput, runGit } from '../forge/git/run.ts';
import { lockfileName } from '../lock/file.ts';
import { syncFolder } from '../render/sync-file.ts';

/** As far back the base is looked at where the bot's commit may have begun. */
const longestWay = 250;

/** A commit on a commit of the base, and where the bot may have made it first. */
interface Rebased {
  readonly commit: string;
  readonly parent: string;
  readonly origin: string;
}

/**
 * Whether git by itself makes a commit of one that the bot made on an earlier commit of the base, as a forge's "Update with
 * rebase" does where both changed a file. The bot's commit is gone from the branch: it is made again by taking back what the
 * base changed since then, and the trailer of its content proves that it is the right one. False in doubt, such as in a
 * shallow clone or for a git before 2.38.
 */
export async function isPlainRebase(
  git: Git,
  { commit, parents }: HistoryEntry,
  temporaryDirectory: string,
): Promise<boolean> {
  const [parent] = parents;
  if (parent === undefined || parents.length !== 1) return false;
  for (const origin of await originsOf(git, commit, parent)) {
    const rebased = { commit, parent, origin };
    for (const find of [takenBack, sharedFiles]) {
      const tree = await find(git, rebased, temporaryDirectory);
      if (tree !== undefined && (await gives(git, rebased, tree))) return true;
    }
  }
  return false;
}

/** Whether a tree is what the bot made at the origin, and the commit is what git makes of it on the parent. */
async function gives(git: Git, { commit, parent, origin }: Rebased, tree: string): Promise<boolean> {
  const message = await gitOutput(git, { args: ['show', '--no-patch', '--format=%B', commit] });
  const made = await commitOf(git, tree, [origin], message);
  if (!(await keepsItsContent(git, { commit: made, parents: [origin] }))) return false;
  return (await mergedTree(git, origin, parent, made)) === (await treeOf(git, commit));
}

/**
 * Where in the history of `parent` the bot may have made a commit: it has the date of the commit that it is made on
 * (`carryOut`), and a rebase keeps that of the author.
 */
async function originsOf(git: Git, commit: string, parent: string): Promise<string[]> {
  const date = (await gitOutput(git, { args: ['show', '--no-patch', '--format=%at', commit] })).trim();
  const args = ['log', '--first-parent', `--max-count=${longestWay}`, '--format=%H %ct', parent];
  const lines = (await gitOutput(git, { args })).split('\n').map((line) => line.split(' '));
  return lines.flatMap(([hash = '', time]) => (time === date && hash !== parent ? [hash] : []));
}

/** The tree of a commit without what the base changed. */
function takenBack(git: Git, { commit, parent, origin }: Rebased): Promise<string | undefined> {
  return mergedTree(git, parent, origin, commit);
}

/** The same, for a base whose changes of generated files are all among the bot's own: they are as the commit has them. */
async function sharedFiles(
  git: Git,
  { commit, parent, origin }: Rebased,
  temporaryDirectory: string,
): Promise<string | undefined> {
  const ofBot = new Set(await changedPaths(git, parent, commit));
  const paths = (await changedPaths(git, origin, commit)).filter((path) => ofBot.has(path) || generated.test(path));
  const files = new Map<string, string | null>();
  for (const path of paths) files.set(path, (await readFileAt(git, commit, path)) ?? null);
  return (await buildTree(git, { base: origin, files, temporaryDirectory }))?.tree;
}

const generated = new RegExp(`^(?:.*/)?(?:${lockfileName.replaceAll('.', '\\.')}|${syncFolder}/[^/]+\\.yaml)$`, 's');

async function changedPaths(git: Git, from: string, to: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', from, to];
  return (await gitOutput(git, { args })).split('\0').filter(Boolean);
}

/** The tree that git merges of two commits as if both were made on a third; undefined for a conflict. */
async function mergedTree(git: Git, base: string, ours: string, theirs: string): Promise<string | undefined> {
  // `--merge-base` is of git 2.40: what each side is made on is said by commits instead.
  const root = await commitOf(git, await treeOf(git, base), []);
  const [one, other] = [
    await commitOf(git, await treeOf(git, ours), [root]),
    await commitOf(git, await treeOf(git, theirs), [root]),
  ];
  const { exitCode, stdout } = await runGit(git, { args: ['merge-tree', '--write-tree', one, other] });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** A commit that no branch ever has. */
async function commitOf(git: Git, tree: string, parents: readonly string[], message = ''): Promise<string> {
  const who = { NAME: 'mirrorlock', EMAIL: 'mirrorlock@localhost', DATE: '@0 +0000' };
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(who).map(([field, value]) => [`GIT_${role}_${field}`, value]),
    ),
  );
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
  return (await gitOutput(git, { args, env, input: message })).trim();
}

/** The tree of a commit, by its name. */
export async function treeOf(git: Git, commit: string): Promise<string> {
  return (await gitOutput(git, { args: ['rev-parse', `${commit}^{tree}`] })).trim();
}
