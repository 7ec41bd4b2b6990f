import { createHash } from 'node:crypto';
import { GitFailure } from '../../git/failure.ts';
import { DamagedCache } from './failure.ts';
import { type LocalGit, runCatFile, runText } from './local.ts';

interface ObjectInfo {
  readonly type: string;
  /** In bytes. */
  readonly size: number;
}

/** An entry of a folder, as git keeps it: `mode` is `100644` for a file, `120000` for a link, and so on. */
export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly oid: string;
  readonly name: string;
}

/** Tells type and size of objects, by name or an expression such as `NAME^{commit}`; undefined for what is not there. */
export async function inspect(git: LocalGit, names: readonly string[]): Promise<(ObjectInfo | undefined)[]> {
  if (names.length === 0) return [];
  const output = await runCatFile(git, ['--batch-check=%(objecttype) %(objectsize)'], `${names.join('\n')}\n`);
  const lines = output.toString().trimEnd().split('\n');
  if (lines.length !== names.length) throw new DamagedCache('git cat-file did not answer for each object.');
  return lines.map((line) => {
    const [, type, size] = /^(\w+) (\d+)$/.exec(line) ?? [];
    return type === undefined ? undefined : { type, size: Number(size) };
  });
}

/** The commit that `name` is, or that it points at as a tag; undefined where the repository does not have it. */
export async function findCommit(git: LocalGit, name: string): Promise<string | undefined> {
  const output = await runCatFile(git, ['--batch-check=%(objectname)'], `${name}^{commit}\n`);
  return /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.exec(output.toString())?.[1];
}

/** The commits whose names begin with `prefix`, of those that the repository has. */
export async function findCommits(git: LocalGit, prefix: string): Promise<string[]> {
  const output = await runText(git, ['rev-parse', `--disambiguate=${prefix}`]);
  const oids = output.split('\n').filter((line) => line !== '');
  const objects = await inspect(git, oids);
  return oids.filter((_, index) => objects[index]?.type === 'commit');
}

/** Whether the repository has `earlier`, and knows it as an ancestor of `later`, which it has, or as the same. */
export async function isAncestor(git: LocalGit, earlier: string, later: string): Promise<boolean> {
  if ((await findCommit(git, earlier)) !== earlier) return false;
  return (await runText(git, ['rev-list', '--max-count=1', earlier, `^${later}`])) === '';
}

/** When a commit that the repository has was made, in seconds since 1970. */
export async function commitTime(git: LocalGit, commit: string): Promise<number> {
  return Number((await runText(git, ['log', '-1', '--format=%ct', commit])).trim());
}

/** What a folder of a commit holds, in git's order; nothing where there is no such folder. */
export async function listFolder(git: LocalGit, commit: string, folder: string): Promise<TreeEntry[]> {
  const output = await runText(git, ['ls-tree', '-z', '--full-tree', commit, `${folder}/`]);
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [, mode = '', type = '', oid = '', path = ''] = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return { mode, type, oid, name: path.slice(folder.length + 1) };
    });
}

/** Whether the repository lacks a part of the history. */
export async function isShallow(git: LocalGit): Promise<boolean> {
  return (await runText(git, ['rev-parse', '--is-shallow-repository'])).startsWith('true');
}

/** Makes an empty bare repository. `format` is `sha1` or `sha256`. */
export async function initialize(git: LocalGit, format: string): Promise<void> {
  await runText(git, ['init', '--bare', '--template=', `--object-format=${format}`]);
}

/** The settings that are written in the repository. */
export async function readSettings(git: LocalGit): Promise<Map<string, string>> {
  const lines = (await runText(git, ['config', '--local', '--list'])).split('\n');
  return new Map(lines.map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]));
}

/** Writes a setting of the repository. */
export async function writeSetting(git: LocalGit, key: string, value: string): Promise<void> {
  await runText(git, ['config', key, value]);
}

/** Runs `work`, and makes of a failure of git in it that the repository is damaged. */
export async function damagedByFailure<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof GitFailure ? new DamagedCache(error.message, { cause: error }) : error;
  }
}

/**
 * Reads the contents of blobs, all by one process. Each is checked against its name. Throws DamagedCache where one is
 * absent or is not what its name says, GitFailure and `upstream/interrupted`.
 */
export async function readBlobs(git: LocalGit, oids: readonly string[]): Promise<Map<string, Buffer>> {
  const blobs = new Map<string, Buffer>();
  for (const [oid, object] of await readObjects(git, oids)) {
    if (object?.type !== 'blob' || object.oid !== oid) throw new DamagedCache(`The blob ${oid} cannot be read.`);
    if (nameOf(object, oid.length) !== oid) throw new DamagedCache(`The blob ${oid} is not what its name says.`);
    blobs.set(oid, object.content);
  }
  return blobs;
}

/** What a folder holds at each of some commits, in git's order, all by one process; commits without it are absent. */
export async function readFolders(
  git: LocalGit,
  commits: readonly string[],
  folder: string,
): Promise<Map<string, TreeEntry[]>> {
  const objects = await readObjects(
    git,
    commits.map((commit) => `${commit}:${folder}`),
  );
  const folders = new Map<string, TreeEntry[]>();
  for (const commit of commits) {
    const object = objects.get(`${commit}:${folder}`);
    if (object?.type === 'tree') folders.set(commit, readTree(object.content, commit.length / 2));
  }
  return folders;
}

/** The entries of a tree object: mode, a space, the name, a zero byte and the object's name of `size` bytes (gitformat-pack(5)). */
function readTree(content: Buffer, size: number): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length; ) {
    const [space, end] = [content.indexOf(' ', at), content.indexOf('\0', at)];
    if (space < 0 || end < space || end + size >= content.length) throw new DamagedCache('A tree cannot be read.');
    const mode = content.toString('latin1', at, space).padStart(6, '0');
    const type = mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob';
    const name = content.toString('utf8', space + 1, end);
    entries.push({ mode, type, oid: content.toString('hex', end + 1, end + 1 + size), name });
    at = end + 1 + size;
  }
  return entries;
}

interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly content: Buffer;
}

/** Reads objects by name or an expression, all by one process; undefined for what is not there. */
async function readObjects(git: LocalGit, names: readonly string[]): Promise<Map<string, GitObject | undefined>> {
  const found = new Map<string, GitObject | undefined>();
  if (names.length === 0) return found;
  const output = await runCatFile(git, ['--batch'], `${names.join('\n')}\n`);
  let position = 0;
  for (const name of names) {
    const headerEnd = output.indexOf('\n', position);
    if (headerEnd < 0) throw new DamagedCache('git cat-file did not answer for each object.');
    const header = output.subarray(position, headerEnd).toString();
    const [, oid = '', type = '', size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(header) ?? [];
    if (size === undefined) {
      found.set(name, undefined);
      position = headerEnd + 1;
      continue;
    }
    found.set(name, { oid, type, content: output.subarray(headerEnd + 1, headerEnd + 1 + Number(size)) });
    position = headerEnd + 1 + Number(size) + 1;
  }
  return found;
}

/** git's name of an object, a hash of its type, size and content: SHA-1 where names have 40 digits, SHA-256 where they have 64. */
function nameOf({ type, content }: GitObject, length: number): string {
  const hash = createHash(length === 64 ? 'sha256' : 'sha1');
  return hash.update(`${type} ${content.length}\0`).update(content).digest('hex');
}
