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
  if (oids.length === 0) return new Map();
  const output = await runCatFile(git, ['--batch'], `${oids.join('\n')}\n`);
  const blobs = new Map<string, Buffer>();
  let position = 0;
  for (const oid of oids) {
    const headerEnd = output.indexOf('\n', position);
    const header = output.subarray(position, headerEnd).toString();
    const [, name, size] = /^([0-9a-f]+) blob (\d+)$/.exec(header) ?? [];
    if (headerEnd < 0 || name !== oid) throw new DamagedCache(`The blob ${oid} cannot be read: ${header}`);
    const content = output.subarray(headerEnd + 1, headerEnd + 1 + Number(size));
    if (nameOf(content, oid.length) !== oid) throw new DamagedCache(`The blob ${oid} is not what its name says.`);
    blobs.set(oid, content);
    position = headerEnd + 1 + Number(size) + 1;
  }
  return blobs;
}

/** git's name of a blob, a hash of its size and content: SHA-1 where names have 40 digits, SHA-256 where they have 64. */
function nameOf(content: Buffer, length: number): string {
  const hash = createHash(length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${content.length}\0`).update(content).digest('hex');
}
