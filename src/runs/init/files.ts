import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { codeOf } from '../../core/file-errors.ts';
import { type Problem, UserError } from '../../core/problem.ts';
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

/**
 * Writes those files that are not there yet, and gives their names. Never overwrites.
 *
 * @throws UserError `init/cannot-write`
 */
export async function writeNew(
  directory: string,
  files: Iterable<readonly [path: string, content: string | Uint8Array]>,
): Promise<string[]> {
  const written: string[] = [];
  for (const [path, content] of files) {
    const full = join(directory, path);
    try {
      await mkdir(dirname(full), { recursive: true });
      await writeFile(full, content, { flag: 'wx' });
      written.push(path);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      if (code !== 'EEXIST') throw cannotWrite(path, code, error);
    }
  }
  return written;
}

/** Makes the folder of the mirror where it is not there. @throws UserError `init/cannot-write` */
export async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw cannotWrite(directory, code, error);
  }
}

function cannotWrite(value: string, code: string, cause: unknown): UserError {
  const message = `It cannot be written (${code}).`;
  const problem: Problem = { code: 'init/cannot-write', severity: 'error', message, value };
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
