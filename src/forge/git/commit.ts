import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../core/temporary-folder.ts';
import { ForgeError } from '../errors.ts';
import { checkPaths, type FileChanges } from './files.ts';
import { type Git, gitOutput, runGit } from './run.ts';

export interface CommitIdentity {
  readonly name: string;
  readonly email: string;
}

export interface CommitPlan {
  /** The commit to build on, by its full hash; the repository has it. */
  readonly base: string;
  readonly files: FileChanges;
  readonly message: string;
  /** Lines such as `Signed-off-by: …` at the end of the message. */
  readonly trailers?: readonly string[];
  readonly author: CommitIdentity;
  /** The author when absent. */
  readonly committer?: CommitIdentity;
  /** Equal plans give the equal commit: take the date from what is committed, such as that of the base. */
  readonly date: Date;
  /** Dates in place of that one, as git reads them (git-commit-tree(1), "DATE FORMATS"). */
  readonly dates?: { readonly author?: string; readonly committer?: string };
  /** A folder for temporary files. */
  readonly temporaryDirectory: string;
}

export interface BuiltCommit {
  readonly commit: string;
  readonly tree: string;
  /** The paths that differ from the base, sorted. */
  readonly changed: readonly string[];
}

/** What a commit would hold. */
interface BuiltTree extends Omit<BuiltCommit, 'commit'> {
  /** The name of what it changes, for its trailer. */
  readonly content: string;
}

/**
 * Makes a commit on top of `base` only in the object store: no branch, no index and no work tree of the user is touched,
 * and no hook or filter of theirs runs; it is signed where `commit.gpgSign` says so. Undefined where the files are as they
 * are at the base already. A file keeps its mode; a new one is a regular file.
 *
 * @throws ForgeError `forge/git`, such as for a base that the repository does not have, and `forge/signing`
 */
export async function buildCommit(git: Git, plan: CommitPlan): Promise<BuiltCommit | undefined> {
  const built = await buildTree(git, plan);
  if (built === undefined) return undefined;
  const { content, ...rest } = built;
  return { commit: await commitTree(git, plan, built.tree, content), ...rest };
}

/** As {@link buildCommit}, without the commit. */
export async function buildTree(
  git: Git,
  plan: Pick<CommitPlan, 'base' | 'files' | 'temporaryDirectory'>,
): Promise<BuiltTree | undefined> {
  checkPaths(plan.files);
  const temporary = await temporaryFolder('commit', plan.temporaryDirectory);
  const folder = temporary.path;
  try {
    const index = { GIT_INDEX_FILE: join(folder, 'index') };
    const lines = await indexLines(git, plan, folder);
    await gitOutput(git, { args: ['read-tree', plan.base], env: index });
    // `--replace`: a folder may take the place of a file, and the other way round.
    const update = ['update-index', '--replace', '-z', '--index-info'];
    await gitOutput(git, { args: update, env: index, input: lines.join('') });
    const tree = (await gitOutput(git, { args: ['write-tree', '--missing-ok'], env: index })).trim();
    const { paths, name } = await changeBetween(git, plan.base, tree);
    if (paths.length === 0) return undefined;
    return { tree, changed: paths, content: name };
  } finally {
    await temporary.remove();
  }
}

/** What `update-index --index-info` reads: a mode, an object and a path; mode 0 removes. */
async function indexLines(
  git: Git,
  { base, files }: Pick<CommitPlan, 'base' | 'files'>,
  folder: string,
): Promise<string[]> {
  const written = [...files].filter((file): file is [string, string] => file[1] !== null);
  const blobs = await writeBlobs(
    git,
    written.map(([, content]) => content),
    folder,
  );
  const modes = await modesAt(git, base);
  const nothing = '0'.repeat(blobs[0]?.length ?? 40);
  const removals = [...files].filter(([path, content]) => content === null && modes.has(path));
  const isExecutable = (path: string): boolean => modes.get(path) === '100755';
  return [
    ...removals.map(([path]) => `0 ${nothing}\t${path}\0`),
    ...written.map(([path], at) => `${isExecutable(path) ? '100755' : '100644'} ${blobs[at]}\t${path}\0`),
  ];
}

/** Writes contents as they are, by one process however many they are. Gives their names in order. */
async function writeBlobs(git: Git, contents: readonly string[], folder: string): Promise<string[]> {
  if (contents.length === 0) return [];
  const paths = contents.map((_, at) => join(folder, `blob-${at}`));
  await Promise.all(contents.map((content, at) => writeFile(paths[at] ?? '', content)));
  const args = ['hash-object', '-w', '--no-filters', '--stdin-paths'];
  return (await gitOutput(git, { args, input: `${paths.join('\n')}\n` })).trim().split('\n');
}

async function modesAt(git: Git, base: string): Promise<ReadonlyMap<string, string>> {
  const output = await gitOutput(git, { args: ['ls-tree', '-r', '-z', '--full-tree', base] });
  const entries = output.split('\0').filter(Boolean);
  return new Map(entries.map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.slice(0, 6)]));
}

/** The trailer of a commit that names what it changes: an edit of its files no longer fits it, another committer does. */
const contentTrailer = 'Mirrorlock-Content';

/** The message of a commit with its trailers, of which the last names what it changes. */
export function messageOf(
  { message, trailers = [] }: Pick<CommitPlan, 'message' | 'trailers'>,
  content: BuiltTree['content'],
): string {
  return `${message.trimEnd()}\n\n${[...trailers, `${contentTrailer}: ${content}`].join('\n')}\n`;
}

/** Whether a commit changes just what its own trailer says, whoever committed it. */
export async function keepsItsContent(git: Git, { commit, parents }: CommitWithParents): Promise<boolean> {
  const [parent] = parents;
  if (parent === undefined || parents.length > 1) return false;
  const message = await gitOutput(git, { args: ['cat-file', 'commit', commit] });
  const said = [...message.matchAll(new RegExp(`^${contentTrailer}: (\\w+)$`, 'gm'))].at(-1)?.[1];
  return said !== undefined && said === (await changeBetween(git, parent, commit)).name;
}

interface CommitWithParents {
  readonly commit: string;
  readonly parents: readonly string[];
}

/** The paths that differ, sorted, and a name of what they become: equal files have equal names, whatever stood there before. */
async function changeBetween(git: Git, base: string, tree: string): Promise<{ paths: string[]; name: string }> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--no-abbrev', base, tree];
  const parts = (await gitOutput(git, { args })).split('\0').filter(Boolean);
  // git-diff-tree(1), "RAW OUTPUT FORMAT": `:MODE MODE OBJECT OBJECT STATUS`, and the path.
  const files = parts.flatMap((facts, at) => {
    const [, mode = '', , object = ''] = facts.split(' ');
    return at % 2 === 0 ? [{ path: parts[at + 1] ?? '', mode, object }] : [];
  });
  files.sort((one, other) => (one.path < other.path ? -1 : 1));
  const lines = files.map(({ path, mode, object }) => `${mode} ${object} ${path}\0`);
  const name = createHash('sha256').update(lines.join('')).digest('hex').slice(0, 32);
  return { paths: files.map(({ path }) => path), name };
}

async function commitTree(git: Git, plan: CommitPlan, tree: string, content: string): Promise<string> {
  const { base, author, committer = author, date, dates = {} } = plan;
  const stamp = `@${Math.floor(date.getTime() / 1000)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: dates.author ?? stamp,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: dates.committer ?? stamp,
  };
  const command = { env, input: messageOf(plan, content) };
  const args = ['commit-tree', tree, '-p', base, '-F', '-'];
  if (!(await signsCommits(git))) return (await gitOutput(git, { ...command, args })).trim();
  const signed = await runGit(git, { ...command, args: [...args, '-S'] });
  if (signed.exitCode === 0) return signed.stdout.trim();
  const summary = '`commit.gpgSign` is set, and git could not sign.';
  throw new ForgeError({ kind: 'signing', request: 'git commit-tree -S', summary, said: signed.stderr });
}

/** git-config(1), `commit.gpgSign`: commit-tree itself does not read it. */
async function signsCommits(git: Git): Promise<boolean> {
  const { stdout } = await runGit(git, { args: ['config', '--type=bool', '--get', 'commit.gpgSign'] });
  return stdout.trim() === 'true';
}
