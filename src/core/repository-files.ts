import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { defined } from './defined.ts';
import { ExitCode } from './exit-code.ts';
import { codeOf, ifThere, makeFolder } from './file-errors.ts';
import { UserError } from './problem.ts';

/** More than any file that this tool writes has. */
const maxBytes = 16 * 1024 * 1024;

/**
 * The generated files of a mirror repository, by their path in it (`/` between folders). Whoever opens a pull request
 * may plant symbolic links there: none is followed, so that nothing outside the repository is shown or written.
 *
 * Every method throws a UserError, its code begun by the stage: `/symbolic-link`, `/not-a-file`, `/too-large`,
 * `/unreadable`, `/unwritable`.
 */
export interface RepositoryFiles {
  /** The text of a file, as this tool wrote it; `undefined` when there is none. See {@link asWritten}. */
  read(path: string): Promise<string | undefined>;
  /** The text of a file that people write as well: as it is. */
  readAsIs(path: string): Promise<string | undefined>;
  /** The names in a folder, sorted; none when there is no folder. */
  list(folder: string): Promise<string[]>;
  /** Writes a file whole or not at all, and makes its folder. */
  write(path: string, text: string): Promise<void>;
  /** Removes a file; it need not be there. */
  remove(path: string): Promise<void>;
}

/** The files of the mirror repository in the folder `root`, whose own path may hold links. */
export function repositoryFiles(root: string, stage: string): RepositoryFiles {
  const fail = (what: string, message: string, path: string, exitCode?: ExitCode, cause?: unknown) => {
    const problem = { code: `${stage}/${what}`, severity: 'error' as const, message, value: path };
    return new UserError([problem], { cause, ...defined({ exitCode }) });
  };

  /** Does what may fail as files do. */
  const guarded = async <Result>(word: 'read' | 'written', path: string, work: () => Promise<Result>) => {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      const what = word === 'read' ? 'unreadable' : 'unwritable';
      throw fail(what, `The file cannot be ${word} (${code}).`, path, ExitCode.failed, error);
    }
  };

  /** Refuses a link anywhere on the way; says what is there at last, `undefined` for nothing. */
  const inspect = async (path: string) => {
    let last: Awaited<ReturnType<typeof lstat>> | undefined;
    for (const part of waysTo(path)) {
      last = await guarded('read', path, () => lstat(join(root, part)).catch(ifAbsent));
      if (last === undefined) return undefined;
      if (last.isSymbolicLink()) {
        throw fail('symbolic-link', 'A generated file must not be a symbolic link.', part);
      }
    }
    return last;
  };

  const inspectFile = async (path: string) => {
    const found = await inspect(path);
    if (found === undefined || found.isFile()) return found;
    throw fail('not-a-file', 'Something else stands where a file is expected.', path);
  };

  const readAsIs = async (path: string) => {
    const found = await inspectFile(path);
    if (found === undefined) return undefined;
    if (found.size > maxBytes) throw fail('too-large', `A generated file has at most ${maxBytes} bytes.`, path);
    return guarded('read', path, () => readFile(join(root, path), 'utf8'));
  };

  return {
    async read(path) {
      const text = await readAsIs(path);
      return text === undefined ? undefined : asWritten(text);
    },
    readAsIs,
    async list(folder) {
      if ((await inspect(folder)) === undefined) return [];
      return (await guarded('read', folder, () => readdir(join(root, folder)))).sort();
    },
    async write(path, text) {
      await inspectFile(path);
      const full = join(root, path);
      await guarded('written', path, async () => {
        await makeFolder(dirname(full));
        await writeFileAtomic(full, text);
      });
    },
    async remove(path) {
      await inspectFile(path);
      await guarded('written', path, () => rm(join(root, path), { force: true }));
    },
  };
}

/**
 * The symbolic link on the way from the folder `root` to a path in it, by its path there; undefined where there is none, or
 * the path lies elsewhere. The way to `root` itself may hold links.
 */
export async function linkInside(root: string, path: string): Promise<string | undefined> {
  const inside = relative(root, path).split(sep).join('/');
  if (inside === '' || inside.split('/')[0] === '..' || isAbsolute(inside)) return undefined;
  for (const part of waysTo(inside)) {
    if ((await ifThere(() => lstat(join(root, part))))?.isSymbolicLink()) return part;
  }
  return undefined;
}

/** A path and the folders on the way to it: `a`, `a/b`. */
function waysTo(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** A text without what git (`core.autocrlf`) and editors of Windows add: CR before a line break, and a byte order mark. */
function asWritten(text: string): string {
  return text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
}

/** A file in the place of a folder (`ENOTDIR`) is not absent, but reported. */
function ifAbsent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
