import { inFolder } from '../core/folder-slug.ts';
import { problemError } from '../core/problem.ts';
import { repositoryFiles } from '../core/repository-files.ts';
import { isShallow, readFileAt } from '../forge/git/read.ts';
import { type Git, readGit, runGit } from '../forge/git/run.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from './context.ts';
import { mirrorGit, notInRepository, unshallowHint } from './mirror-repository.ts';

/** What the names of the tags begin with that mark a commit as served: `mirrored/`, or `mirrored/FOLDER/`. */
export function markPrefix(prefix: string): string {
  return `${inFolder('mirrored', prefix, '/')}/`;
}

/** A lockfile that was applied, which is read when it is asked for. */
export interface AppliedVersion {
  readonly commit: string;
  /** When all of it was seen at the destination (ms since the epoch). */
  readonly time: number;
  text(): Promise<string | undefined>;
}

/** The lockfile that was merged, and those that were applied. */
export interface LockHistory {
  /** That of HEAD. */
  readonly current: Lockfile;
  /** What was applied at a destination, by the marks of `verify --mark`: the newest first. */
  applied(destination: string): readonly AppliedVersion[];
}

/**
 * Opens the history of the lockfile: what was marked as served among HEAD's first parents. Dates of commits do not count,
 * since whoever made them chose them. Nothing is asked outside.
 *
 * @throws UserError `prune/no-commit`, `prune/shallow`, `prune/not-locked`, `prune/lockfile-differs`
 */
export async function openLockHistory(context: Context): Promise<LockHistory> {
  const git = mirrorGit(context);
  const head = await runGit(git, { args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] });
  if (head.exitCode !== 0) {
    if (/not a git repository/.test(head.stderr)) throw notInRepository(context.directory);
    const message = 'The mirror repository has no commit, and so no history of the lockfile.';
    throw problemError('prune/no-commit', message, context.directory);
  }
  const commit = head.stdout.trim();
  if (await isShallow(git)) {
    throw problemError('prune/shallow', 'The clone is shallow: it does not have the history.', commit, unshallowHint);
  }
  const folder = await readGit(git, 'rev-parse', (simple) => simple.revparse(['--show-prefix']));
  const path = `${folder}${lockfileName}`;
  const text = await readFileAt(git, commit, path);
  if (text === undefined) throw problemError('prune/not-locked', `HEAD has no ${lockfileName}.`, commit);
  if ((await repositoryFiles(context.directory, 'lock').read(lockfileName)) !== text) {
    const message = `Only merged lockfiles count, and ${lockfileName} differs from HEAD.`;
    throw problemError('prune/lockfile-differs', message, commit, 'Commit it first, or restore it.');
  }
  const marks = await readMarks(git, commit, markPrefix(folder));
  return {
    current: parseLockfile(text, lockfileName),
    applied: (destination) =>
      marks
        .filter(({ destinations }) => destinations.includes(destination))
        .map((mark) => ({ ...mark, text: () => readFileAt(git, mark.commit, path) })),
  };
}

/**
 * The marks among HEAD's first parents, the newest first.
 *
 * @throws UserError as `runGit` does, and `git/not-a-repository`
 */
export async function listMarks(context: Context): Promise<Mark[]> {
  const git = mirrorGit(context);
  const head = await runGit(git, { args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'] });
  if (/not a git repository/.test(head.stderr)) throw notInRepository(context.directory);
  if (head.exitCode !== 0) return [];
  const folder = await readGit(git, 'rev-parse', (simple) => simple.revparse(['--show-prefix']));
  return readMarks(git, head.stdout.trim(), markPrefix(folder));
}

/** A mark that `verify --mark` made: when, and where all of the lockfile was. */
export interface Mark {
  /** The name of the tag. */
  readonly name: string;
  readonly commit: string;
  readonly time: number;
  readonly destinations: readonly string[];
}

/**
 * The marks on first parents of a commit, the newest first. Other tags of such a name say nothing, nor do those of a mirror
 * in a folder below.
 */
export async function readMarks(git: Git, head: string, begin: string): Promise<Mark[]> {
  const commits = await readGit(git, 'rev-list', (simple) => simple.raw(['rev-list', '--first-parent', head]));
  const merged = new Set(commits.split('\n').filter(Boolean));
  const format = '--format=%(refname:lstrip=2) %(*objectname) %(taggerdate:unix) %(contents:subject)';
  const tags = await readGit(git, 'for-each-ref', (simple) =>
    simple.raw(['for-each-ref', format, `refs/tags/${begin}`]),
  );
  return tags
    .split('\n')
    .flatMap((line): Mark[] => {
      const [, name, commit = '', seconds, names = ''] = markLine.exec(line) ?? [];
      const isOwn = name !== undefined && merged.has(commit) && !name.slice(begin.length).includes('/');
      return isOwn ? [{ name, commit, time: Number(seconds) * 1_000, destinations: names.split(', ') }] : [];
    })
    .sort((one, other) => other.time - one.time);
}

const markLine = /^(\S+) ([0-9a-f]{40,64}) (\d+) .* is at: (.+)$/;
