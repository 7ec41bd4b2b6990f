import { lstat, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { codeOf, ifThere, makeFolder } from '../../core/file-errors.ts';
import { type Problem, problemError, UserError } from '../../core/problem.ts';
import { placeName } from '../../core/written-place.ts';
import { runGit } from '../../forge/git/run.ts';
import { withGitattributes } from '../../render/gitattributes.ts';
import type { Context } from '../../session/context.ts';
import { mirrorGit } from '../../session/mirror-repository.ts';

/** Files that people may have already: where they do, theirs stay. */
export function plainFiles(readme: string, { destinations, include }: Pick<Config, 'destinations' | 'include'>) {
  const [destination] = destinations;
  const place = destination === undefined ? 'registry.example.com' : placeName(destination);
  const image = include.map(({ image: { text } }) => text).find((text) => /^[a-z0-9-]+$/.test(text)) ?? 'alpine';
  const text = readme.replaceAll('@PLACE@', place).replaceAll('@IMAGE@', image);
  return new Map([
    ['README.md', text],
    ['.gitignore', 'node_modules/\n'],
    ['.gitattributes', withGitattributes(undefined)],
  ]);
}

/** A file of the mirror, to be written where it is not there. */
export interface NewFile {
  /** How messages name it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/**
 * Writes those files that are not there yet, and gives the names of both kinds. Never overwrites. All or nothing: where one
 * cannot be written, those before it are removed again.
 *
 * @param isRefused whether nothing is to be written where this file is there, by its name
 * @throws UserError `init/cannot-write`, `init/exists`
 */
export async function writeNew(
  files: readonly NewFile[],
  isRefused: (name: string) => boolean,
): Promise<{ readonly written: readonly string[]; readonly kept: readonly string[] }> {
  const written: NewFile[] = [];
  try {
    for (const file of files) {
      if (await writeIfAbsent(file)) written.push(file);
      else if (isRefused(file.name)) throw configExists(file.name);
    }
  } catch (error) {
    for (const { path } of written) await rm(path, { force: true });
    throw error;
  }
  const names = written.map(({ name }) => name);
  return { written: names, kept: files.map(({ name }) => name).filter((name) => !names.includes(name)) };
}

async function writeIfAbsent({ name, path, content }: NewFile): Promise<boolean> {
  try {
    await makeFolder(dirname(path));
  } catch (error) {
    throw cannotWrite(name, error);
  }
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw cannotWrite(name, error);
  }
}

/** That a mirror is there already. */
export function configExists(value: string): UserError {
  const hint = 'Name another folder by -C, or edit the file that is there.';
  return problemError('init/exists', 'The configuration already exists and was not changed.', value, hint);
}

const npmFiles = ['package.json', 'package-lock.json'];

/** Leaves out the files of npm where the folder has one of them, whose names are `theirs`: both are one package's, or neither. */
export async function besideTheirs(directory: string, tool: ReadonlyMap<string, Uint8Array>) {
  const found = await Promise.all(npmFiles.map((name) => ifThere(() => lstat(join(directory, name)), ['ENOTDIR'])));
  const theirs = tool.size === 0 ? [] : npmFiles.filter((_, index) => found[index] !== undefined);
  return { theirs, files: [...tool].filter(([name]) => theirs.length === 0 || !npmFiles.includes(name)) };
}

/** Makes the folder of the mirror where it is not there. @throws UserError `init/cannot-write` */
export async function makeMirrorFolder(directory: string): Promise<void> {
  try {
    await makeFolder(directory);
  } catch (error) {
    throw cannotWrite(directory, error);
  }
}

/** What a failed write becomes: a problem, or the error itself where it is not of the file system. */
function cannotWrite(value: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  const message = `It cannot be written (${code}): nothing was written.`;
  const inTheWay = 'A file stands where a folder is needed: move it, or name another folder by -C.';
  const denied = 'Name a folder that you may write to by -C.';
  const hint = ['EEXIST', 'ENOTDIR'].includes(code)
    ? inTheWay
    : ['EACCES', 'EPERM', 'EROFS'].includes(code)
      ? denied
      : undefined;
  const problem: Problem = { code: 'init/cannot-write', severity: 'error', message, value, ...defined({ hint }) };
  return new UserError([problem], { exitCode: ExitCode.failed, cause });
}

/** What became of the git repository: it was made, it was there, or a warning says why there is none. */
export type GitMade = 'made' | 'there' | Problem;

/** Makes a git repository in the folder, unless it is in one. Its branch is the user's `init.defaultBranch`, or `main`. */
export async function makeRepository(context: Context): Promise<GitMade> {
  const git = mirrorGit(context);
  const made = await attempt(async (): Promise<GitMade> => {
    const inside = await runGit(git, { args: ['rev-parse', '--is-inside-work-tree'] });
    if (inside.exitCode === 0) return 'there';
    const branch = await runGit(git, { args: ['config', 'init.defaultBranch'] });
    const main = branch.exitCode === 0 ? [] : ['--initial-branch=main'];
    const { exitCode } = await runGit(git, { args: ['init', '--quiet', ...main] });
    if (exitCode === 0) return 'made';
    return noGit('git made no repository here.', context.directory);
  });
  return made.ok ? made.value : noGit(made.problem.message, made.problem.value ?? context.directory);
}

function noGit(message: string, value: string): Problem {
  const hint = 'Run `git init` in the folder: the lockfile and its reviews live in git.';
  return { code: 'init/no-git', severity: 'warning', message, value, hint };
}
