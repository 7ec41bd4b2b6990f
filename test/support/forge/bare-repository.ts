import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { identity, plainEnv } from '../git.ts';

export interface Author {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface CommitFacts {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Author;
  readonly committer: Author;
  readonly message: string;
}

/** Files to write, by path; null removes. */
export type FileChanges = Readonly<Record<string, string | null>>;

/** A real bare repository, read and written by git. */
export interface BareRepository {
  readonly folder: string;
  run(...args: readonly string[]): Promise<string>;
  /** The commit that a revision names; undefined where there is none. */
  find(revision: string): Promise<string | undefined>;
  commits(range: string): Promise<CommitFacts[]>;
  /** Commits changes on top of a branch (or on nothing), as somebody who pushed them. */
  commit(branch: string, changes: FileChanges, message: string, author: Author): Promise<string>;
  /** As `commit`, but committed and signed by GitHub itself, as its API does; nobody can check the signature. */
  commitSigned(branch: string, changes: FileChanges, message: string, author: Author): Promise<string>;
  /** The text of a file; undefined where the revision has none. */
  read(revision: string, path: string): Promise<string | undefined>;
  /** Merges; undefined where there is a conflict. */
  merge(base: string, head: string, message: string, author: Author): Promise<string | undefined>;
  /** Puts the commits of `head` on top of `base`: authors stay, and somebody commits. Undefined where there is a conflict. */
  rebase(base: string, head: string, committer: Author): Promise<string | undefined>;
  /** Makes one commit of a branch on top of `base`; undefined where there is a conflict. */
  squash(base: string, head: string, message: string, author: Author): Promise<string | undefined>;
  /** Whether a merge would be without conflict. */
  isMergeable(base: string, head: string): Promise<boolean>;
  /** Puts a script in place of a hook. */
  setHook(name: string, script: string): void;
}

const execute = promisify(execFile);
const alone = { ...plainEnv, LC_ALL: 'C' };

/** Makes an empty bare repository. */
export async function makeBareRepository(folder: string, defaultBranch: string): Promise<BareRepository> {
  mkdirSync(folder, { recursive: true });
  await execute('git', ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, folder], { env: alone });
  const repository = openBareRepository(folder);
  // As GitHub: commits can be fetched by their names, and every update is decided by a hook.
  await repository.run('config', 'uploadpack.allowAnySHA1InWant', 'true');
  await repository.run('config', 'uploadpack.allowFilter', 'true');
  return repository;
}

function openBareRepository(folder: string): BareRepository {
  const git = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
    const { stdout } = await execute('git', [...args], {
      cwd: folder,
      env: { ...alone, GIT_DIR: folder, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
  const text = async (args: readonly string[], env?: Record<string, string>): Promise<string> =>
    (await git(args, env)).trim();

  async function commitTree(
    tree: string,
    parents: readonly string[],
    message: string,
    author: Author,
    committer: Author = author,
  ) {
    const parentArgs = parents.flatMap((parent) => ['-p', parent]);
    return text(['commit-tree', tree, ...parentArgs, '-m', message], identity(author, committer));
  }

  async function treeWith(parent: string | undefined, changes: FileChanges): Promise<string> {
    const index = { GIT_INDEX_FILE: join(folder, `index-${randomUUID()}`) };
    if (parent !== undefined) await git(['read-tree', parent], index);
    const lines = Object.entries(changes).map(async ([path, content]) =>
      content === null
        ? `0 ${'0'.repeat(40)}\t${path}\0`
        : `100644 ${await written(['hash-object', '-w', '--stdin'], content)}\t${path}\0`,
    );
    await written(['update-index', '--replace', '-z', '--index-info'], (await Promise.all(lines)).join(''), index);
    const tree = await text(['write-tree'], index);
    rmSync(index.GIT_INDEX_FILE, { force: true });
    return tree;
  }

  async function written(args: readonly string[], input: string, env: Record<string, string> = {}): Promise<string> {
    const run = execute('git', [...args], { cwd: folder, env: { ...alone, GIT_DIR: folder, ...env } });
    run.child.stdin?.end(input);
    return (await run).stdout.trim();
  }

  async function find(revision: string): Promise<string | undefined> {
    return text(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]).catch(onExit1);
  }

  async function mergedTree(base: string, head: string): Promise<string | undefined> {
    const output = await text(['merge-tree', '--write-tree', base, head]).catch(onExit1);
    return output?.split('\n')[0];
  }

  async function commits(range: string): Promise<CommitFacts[]> {
    const fields = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');
    const output = await git(['log', '--reverse', '-z', '--topo-order', `--format=${fields}%x01`, range, '--']);
    return output
      .split('\u0001')
      .map((record) => record.replace(/^\0/, ''))
      .filter(Boolean)
      .map(toFacts);
  }

  return {
    folder,
    run: (...args) => text(args),
    find,
    commits,
    async commit(branch, changes, message, author) {
      const parent = await find(`refs/heads/${branch}`);
      const tree = await treeWith(parent, changes);
      const commit = await commitTree(tree, parent === undefined ? [] : [parent], message, author);
      await git(['update-ref', `refs/heads/${branch}`, commit]);
      return commit;
    },
    async commitSigned(branch, changes, message, author) {
      const parent = (await find(`refs/heads/${branch}`)) ?? '';
      const committer = { name: 'GitHub', email: 'noreply@github.com', date: author.date };
      const plain = await commitTree(await treeWith(parent, changes), [parent], message, author, committer);
      const [head = '', ...rest] = (await git(['cat-file', 'commit', plain])).split('\n\n');
      const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n wsFcBAABCAAQ\n -----END PGP SIGNATURE-----\n';
      const text = `${head}\n${signature}\n${rest.join('\n\n')}`;
      const commit = await written(['hash-object', '-t', 'commit', '-w', '--stdin'], text);
      await git(['update-ref', `refs/heads/${branch}`, commit, parent]);
      return commit;
    },
    read: (revision, path) => git(['cat-file', 'blob', `${revision}:${path}`]).catch(onExit128),
    async merge(base, head, message, author) {
      const tree = await mergedTree(base, head);
      return tree === undefined ? undefined : commitTree(tree, [base, head], message, author);
    },
    async rebase(base, head, committer) {
      let tip = base;
      for (const { sha, message, author } of await commits(`${base}..${head}`)) {
        const tree = await mergedTree(base, sha);
        if (tree === undefined) return undefined;
        tip = await commitTree(tree, [tip], message, author, committer);
      }
      return tip;
    },
    async squash(base, head, message, author) {
      const tree = await mergedTree(base, head);
      return tree === undefined ? undefined : commitTree(tree, [base], message, author);
    },
    isMergeable: async (base, head) => (await mergedTree(base, head)) !== undefined,
    setHook(name, script) {
      const path = join(folder, 'hooks', name);
      mkdirSync(join(folder, 'hooks'), { recursive: true });
      writeFileSync(path, script);
      chmodSync(path, 0o755);
    },
  };
}

function toFacts(record: string): CommitFacts {
  const [sha = '', tree = '', parents = '', ...rest] = record.split('\0');
  const [name = '', email = '', date = '', committer = '', committerEmail = '', committed = '', message = ''] = rest;
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: { name, email, date: inUtc(date) },
    committer: { name: committer, email: committerEmail, date: inUtc(committed) },
    message: message.trimEnd(),
  };
}

function inUtc(date: string): string {
  return new Date(date).toISOString().replace('.000Z', 'Z');
}

/** git's way to say no, which is an answer; everything else is an error. */
function onExit1(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 1) return undefined;
  throw error;
}

function onExit128(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 128) return undefined;
  throw error;
}
