import { ExitCode } from '../../core/exit-code.ts';
import { UserError } from '../../core/problem.ts';
import { shownValue } from '../../core/text.ts';
import { type Remote, withoutCredentials } from '../../git/address.ts';
import { anyWords, GitFailure, gitWords } from '../../git/failure.ts';
import { safeDirectoryHint } from '../../git/problem.ts';

/** The repository in the cache is not as it should be. */
export class DamagedCache extends Error {}

interface Kind {
  readonly code: string;
  readonly pattern: RegExp;
  readonly message: string;
  readonly hint: string;
  readonly exitCode?: ExitCode;
}

const foreign = 'upstream/foreign-repository';

const incomplete: Kind = {
  code: 'upstream/incomplete',
  pattern: gitWords.lacksObjects,
  message: 'Upstream lacks objects of its own.',
  hint: 'A local clone must be a complete one: not made with `git clone --filter`.',
  exitCode: ExitCode.failed,
};

/** What git's words mean for upstream, the first that fits. */
const kinds: readonly Kind[] = [
  {
    code: 'upstream/git-missing',
    pattern: gitWords.missing,
    message: 'git is needed to read upstream, and is not installed.',
    hint: 'Install git 2.29 or newer, for example with `apt-get install git`.',
  },
  {
    code: 'upstream/cache',
    pattern: gitWords.diskFull,
    message: 'The clone of upstream cannot be written.',
    hint: 'Make room, or set MIRRORLOCK_CACHE to a folder that can be written.',
    exitCode: ExitCode.failed,
  },
  {
    code: 'upstream/git-too-old',
    pattern: gitWords.tooOld,
    message: 'git 2.29 or newer is needed to read upstream.',
    hint: '`git --version` tells which one is installed.',
  },
  {
    code: foreign,
    pattern: gitWords.otherOwner,
    message: 'git does not read a local repository that belongs to another user.',
    hint: 'Run `git config --global --add safe.directory PATH`, if you trust it.',
  },
  {
    code: 'upstream/authentication',
    pattern: anyWords(
      gitWords.unauthorized,
      gitWords.forbidden,
      /Permission denied|Access denied|Host key verification failed/,
    ),
    message: 'Upstream asks for credentials, or refuses those that it was given.',
    hint: 'Some hosts answer so for a repository that does not exist: check the address. Credentials come from git’s credential helpers, or ssh.',
    exitCode: ExitCode.failed,
  },
  {
    code: 'upstream/not-a-repository',
    pattern: anyWords(
      gitWords.noRepository,
      /not a git repository|is this a git repository|invalid gitfile|does not look like a v\d/,
      /unrecognized header|unsupported bundle|prerequisite commits/,
    ),
    message: 'There is no git repository at the address of upstream.',
    hint: 'Give the URL that `git clone` takes, the path of a clone, or of a complete bundle.',
  },
  incomplete,
];

const unreachable: Kind = {
  code: 'upstream/unreachable',
  pattern: /^fatal: (?!Could not read from remote)/m,
  message: 'Upstream cannot be reached, or hangs up.',
  hint: 'Check the address, the network and the proxy, and run again.',
  exitCode: ExitCode.failed,
};

/** The error that a user gets for a failure of git while it talked to `remote`. It holds no credentials. */
export function remoteError(failure: GitFailure, remote: Remote): UserError {
  const kind = kinds.find(({ pattern }) => pattern.test(failure.stderr)) ?? unreachable;
  return errorOf(kind, remote, withoutCredentials(tellingLine(failure.stderr, kind.pattern)), failure);
}

/** The error for a server that stays silent for `milliseconds`. */
export function silenceError(remote: Remote, milliseconds: number): UserError {
  return errorOf(unreachable, remote, `no sign of life for ${milliseconds / 1000} s`);
}

/** The error for an upstream from which a new repository cannot be made whole. */
export function incompleteError(remote: Remote, cause: Error): UserError {
  return errorOf(incomplete, remote, cause.message, cause);
}

function errorOf(kind: Kind, remote: Remote, words: string, cause?: Error): UserError {
  const { code, message, exitCode } = kind;
  const hint = code === foreign && cause instanceof GitFailure ? safeDirectoryHint(cause.stderr) : kind.hint;
  const problem = { code, severity: 'error' as const, message, value: shownValue(`${remote.shown}: ${words}`), hint };
  return new UserError([problem], { exitCode: exitCode ?? ExitCode.usage, cause });
}

/** The error for work that a signal ended. */
export function interruptedError(cause?: unknown): UserError {
  const message = 'Reading upstream was interrupted. What was fetched is kept for the next run.';
  const problem = { code: 'upstream/interrupted', severity: 'error' as const, message };
  return new UserError([problem], { exitCode: ExitCode.interrupted, cause });
}

/** The line of git's messages that tells the kind of a failure, else its last one. */
function tellingLine(stderr: string, pattern: RegExp): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const line = lines.find((candidate) => pattern.test(candidate)) ?? lines.at(-1) ?? 'git said nothing';
  return line.replace(/^(?:remote: )?(?:fatal|error): /, '').trim();
}
