import { GitError } from 'simple-git';
import { ExitCode } from '../../core/exit-code.ts';
import { UserError } from '../../core/problem.ts';
import { printable } from '../refusal.ts';
import { type Remote, withoutCredentials } from './address.ts';

/** git ended with an exit code other than 0. */
export class GitFailure extends GitError {
  readonly exitCode: number;
  readonly stderr: string;

  constructor(exitCode: number, stderr: string) {
    super(undefined, `git ended with ${exitCode}: ${withoutCredentials(stderr)}`);
    this.exitCode = exitCode;
    this.stderr = stderr;
  }

  /** Whether a server does not hand out an object by its name, because it does not have it or is told not to. */
  get isRefusedObject(): boolean {
    return /unadvertised object|not our ref|couldn't find remote ref|want \w+ not valid/.test(this.stderr);
  }
}

/** The repository in the cache is not as it should be. */
export class DamagedCache extends Error {}

interface Kind {
  readonly code: string;
  readonly pattern: RegExp;
  readonly message: string;
  readonly hint: string;
  readonly exitCode?: ExitCode;
}

/** What git's own words mean, the first that fits. git tells such cases apart by nothing else; `LC_ALL=C` keeps them English. */
const kinds: readonly Kind[] = [
  {
    code: 'upstream/git-missing',
    pattern: /spawn git ENOENT|git: ENOENT/,
    message: 'git is needed to read upstream, and is not installed.',
    hint: 'Install git 2.29 or newer, for example with `apt-get install git`.',
  },
  {
    code: 'upstream/git-too-old',
    pattern: /^(?:error: unknown option|usage: git)/m,
    message: 'git 2.29 or newer is needed to read upstream.',
    hint: '`git --version` tells which one is installed.',
  },
  {
    code: 'upstream/foreign-repository',
    pattern: /dubious ownership/,
    message: 'git does not read a local repository that belongs to another user.',
    hint: 'Run `git config --global --add safe.directory PATH`, if you trust it.',
  },
  {
    code: 'upstream/authentication',
    pattern:
      /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|error: 40[13]|Permission denied|Access denied|Host key verification failed|HTTP 40[13]/i,
    message: 'Upstream asks for credentials, or refuses those that it was given.',
    hint: 'Some hosts answer so for a repository that does not exist: check the address. Credentials come from git’s credential helpers, or ssh.',
    exitCode: ExitCode.failed,
  },
  {
    code: 'upstream/not-a-repository',
    pattern:
      /does not appear to be a git repository|not a git repository|repository '.*' not found|is this a git repository|invalid gitfile|does not look like a v\d|unrecognized header|unsupported bundle|prerequisite commits|error: 404|Repository not found/i,
    message: 'There is no git repository at the address of upstream.',
    hint: 'Give the URL that `git clone` takes, the path of a clone, or of a complete bundle.',
  },
];

const unreachable: Kind = {
  code: 'upstream/unreachable',
  pattern: /(?:)/,
  message: 'Upstream cannot be reached, or hangs up.',
  hint: 'Check the address, the network and the proxy, and run again.',
  exitCode: ExitCode.failed,
};

/** The error that a user gets for a failure of git while it talked to `remote`. It holds no credentials. */
export function remoteError(failure: GitFailure, remote: Remote): UserError {
  const { code, message, hint, exitCode } = kinds.find(({ pattern }) => pattern.test(failure.stderr)) ?? unreachable;
  const value = printable(`${remote.shown}: ${withoutCredentials(lastWords(failure.stderr))}`);
  const options = { cause: failure, ...(exitCode === undefined ? {} : { exitCode }) };
  return new UserError([{ code, severity: 'error', message, value, hint }], options);
}

/** The error for a server that stays silent for `milliseconds`. */
export function silenceError(remote: Remote, milliseconds: number): UserError {
  const value = printable(`${remote.shown}: no sign of life for ${milliseconds / 1000} s`);
  const { code, message, hint } = unreachable;
  return new UserError([{ code, severity: 'error', message, value, hint }], { exitCode: ExitCode.failed });
}

/** The error for work that a signal ended. */
export function interruptedError(cause?: unknown): UserError {
  const message = 'Reading upstream was interrupted. What was fetched is kept for the next run.';
  const problem = { code: 'upstream/interrupted', severity: 'error' as const, message };
  return new UserError([problem], { exitCode: ExitCode.interrupted, cause });
}

/** The line of git's messages that says most: the last fatal one, else the last error, else the last line. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const fatal = lines.findLast((line) => line.startsWith('fatal: ') && !line.includes('Could not read from remote'));
  const line = fatal ?? lines.findLast((text) => text.startsWith('error: ')) ?? lines.at(-1) ?? 'git said nothing';
  return line.replace(/^(?:fatal|error): /, '');
}
