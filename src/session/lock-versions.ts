import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryEnvironment } from '../git/environment.ts';
import { GitFailure } from '../git/failure.ts';
import { repositoryProblem } from '../git/problem.ts';
import { type GitResult, runGitProcess } from '../git/run.ts';
import { lockfileName } from '../lock/file.ts';
import type { Context } from './context.ts';

/** A commit that changed the lockfile, on the way of first parents: what the branch was, one after the other. */
export interface LockVersion {
  readonly commit: string;
  /** When it was committed, in seconds since the epoch. */
  readonly time: number;
  readonly subject: string;
  /** The name of the lockfile's content in git; absent where the commit removed the lockfile. */
  readonly blob?: string;
}

/** The versions of the lockfile that git has. */
export interface LockVersions {
  /** The newest first. */
  readonly versions: readonly LockVersion[];
  /** Whether the clone lacks what was before. */
  isShallow(): Promise<boolean>;
  /** The text of each version, in order; undefined where it had no lockfile. Few are in memory at a time. */
  read(versions: readonly LockVersion[]): AsyncGenerator<readonly [LockVersion, string | undefined]>;
}

/**
 * Opens the lockfile's history up to HEAD; undefined where git cannot tell it: outside of a repository, before the first
 * commit, without git, and in a repository that belongs to another user. Asks nothing outside.
 */
export async function openLockVersions(context: Context): Promise<LockVersions | undefined> {
  const near = nearestRepository(context.directory);
  if (near === undefined) return undefined;
  const format = '--format=%x00%H %ct %s';
  const options = ['--first-parent', '-m', '--no-renames', '--raw', '--no-abbrev', '--no-show-signature', format];
  const args = ['log', ...options, 'HEAD', '--', `:(literal)${lockfileName}`];
  const listed = await runGit(context, args).catch(ifNotRun);
  if (listed?.exitCode !== 0) {
    const head = await runGit(context, ['rev-parse', '--verify', 'HEAD^{commit}']).catch(ifNotRun);
    if (listed === undefined || head?.exitCode !== 0) return undefined;
    throw failureOf(listed, context);
  }
  return {
    versions: listed.stdout.split('\0').flatMap(readVersion),
    isShallow: () => isShallow(context, near),
    read: (versions) => readTexts(context, versions),
  };
}

/** The folder at or above `directory` that looks like a git repository or its work tree: starting git to hear of none costs more. */
function nearestRepository(directory: string): string | undefined {
  if (['.git', 'HEAD'].some((name) => existsSync(join(directory, name)))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestRepository(parent);
}

/** Asks git only where there may be a file `shallow`: a `.git` that is a file names another folder. */
async function isShallow(place: Place, near: string): Promise<boolean> {
  const own = join(near, '.git');
  if (existsSync(join(own, 'HEAD')) && !existsSync(join(own, 'shallow'))) return false;
  return (await gitOutput(place, ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
}

const versionLines = /^([0-9a-f]{40,64}) (\d+) (.*)\n\n:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) /;

function readVersion(lines: string): LockVersion[] {
  const [, commit = '', time = '', subject = '', blob = ''] = versionLines.exec(lines) ?? [];
  if (commit === '') return [];
  return [{ commit, time: Number(time), subject, ...(/^0+$/.test(blob) ? {} : { blob }) }];
}

/** As many texts are read by one git, after few at first: whoever asks often needs only the newest. */
const mostAtOnce = 16;

async function* readTexts(git: Place, versions: readonly LockVersion[]) {
  let count = 1;
  for (let at = 0; at < versions.length; at += count, count = Math.min(count * 2, mostAtOnce)) {
    const some = versions.slice(at, at + count);
    const texts = await readBlobs(git, [...new Set(some.flatMap(({ blob }) => blob ?? []))]);
    for (const version of some) yield [version, version.blob && texts.get(version.blob)] as const;
  }
}

async function readBlobs(git: Place, blobs: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (blobs.length === 0) return found;
  const output = await gitOutput(git, ['cat-file', '--batch'], `${blobs.join('\n')}\n`);
  const bytes = Buffer.from(output);
  let at = 0;
  for (const blob of blobs) {
    const lineEnd = bytes.indexOf('\n', at);
    const [name, type, size = ''] = bytes.toString('utf8', at, lineEnd).split(' ');
    const end = lineEnd + 1 + Number(size);
    // Text that is not UTF-8 has another length here than in git.
    if (name !== blob || type !== 'blob' || bytes[end] !== 0x0a) return readEach(git, blobs);
    found.set(blob, bytes.toString('utf8', lineEnd + 1, end));
    at = end + 1;
  }
  return found;
}

/** Reads blobs one by one. */
async function readEach(git: Place, blobs: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const blob of blobs) found.set(blob, await gitOutput(git, ['cat-file', 'blob', blob]));
  return found;
}

function ifNotRun(error: unknown): undefined {
  if (!(error instanceof GitFailure)) throw error;
}

type Place = Pick<Context, 'directory' | 'env' | 'signal'>;

/** How long git may say nothing, in milliseconds. */
const silenceMs = 120_000;

/** Runs git without what talks to a forge, which takes a good part of a start. */
function runGit({ directory, env, signal }: Place, args: readonly string[], input?: string): Promise<GitResult> {
  return runGitProcess({ directory, args, env: repositoryEnvironment(env), input, signal, silenceMs });
}

/** @throws UserError `git/missing`, `git/foreign-repository`, `git/partial-clone`; GitFailure */
async function gitOutput(place: Place, args: readonly string[], input?: string): Promise<string> {
  const result = await runGit(place, args, input);
  if (result.exitCode === 0) return result.stdout;
  throw failureOf(result, place);
}

function failureOf(result: GitResult, { directory }: Place): Error {
  return repositoryProblem(result, directory) ?? new GitFailure(result.exitCode, result.stderr);
}
