import { withoutCredentials } from './address.ts';

/** git ended with an exit code other than 0, or did not get there, which has no exit code. */
export class GitFailure extends Error {
  readonly exitCode: number | undefined;
  /** What git said; where it said nothing, why it did not run. */
  readonly stderr: string;

  constructor(exitCode: number | undefined, stderr: string) {
    super(
      `git ${exitCode === undefined ? 'did not run to its end' : `ended with ${exitCode}`}: ${withoutCredentials(stderr)}`,
    );
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** git was ended: by the signal, or since it was silent for too long. */
export class GitStopped extends Error {
  readonly reason: 'aborted' | 'silent';

  constructor(reason: GitStopped['reason'], cause?: unknown) {
    super(`git was ended: ${reason}`, { cause });
    this.reason = reason;
  }
}

/**
 * What git says when it fails, and what it repeats of a server. Nothing else tells such cases apart; `LC_ALL=C` keeps git's
 * own words English.
 */
export const gitWords = {
  missing: /spawn git ENOENT|git: ENOENT/,
  tooOld: /^(?:error: unknown option|usage: git)/m,
  otherOwner: /dubious ownership/,
  diskFull: /No space left on device|Read-only file system|Disk quota exceeded|unable to create .*: Permission/,
  unauthorized:
    /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|(?:error:|HTTP) 401|Permission denied \(publickey/i,
  forbidden: /(?:error:|HTTP) 403/i,
  noRepository: /Repository not found|repository '.*' not found|error: 404|does not appear to be a git repository/i,
  noConnection:
    /unable to access|Could not resolve|Failed to connect|Connection (?:refused|reset|timed out)|hung up|early EOF|RPC failed|SSL|certificate/i,
  refusedObject: /unadvertised object|not our ref|couldn't find remote ref|want \w+ not valid/,
  /** Of a server that cannot give the history since a time, or has none since then. */
  noShallow: /shallow/i,
  /** Of a clone that was made with a filter, whose promised objects do not come. */
  absentFromClone: /from promisor remote|lazy fetching disabled/,
  lacksObjects: /from promisor remote|repository corruption on the remote side|did not send all necessary objects/,
} as const;

/** A pattern for the words of any of these, in capital or small letters. */
export function anyWords(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'), 'i');
}
