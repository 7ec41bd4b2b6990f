import { pushFailure } from './failure.ts';
import { type PushRemote, runAtRemote } from './remote.ts';
import type { Git } from './run.ts';

/** What the remote has before a push; `absent` where it has nothing there. The push is refused where it has not. */
export type Lease = string | 'absent';

export interface Push {
  readonly commit: string;
  /** `refs/heads/…` or `refs/tags/…`. */
  readonly ref: string;
  readonly expected: Lease;
}

/**
 * Pushes a commit to a ref of the remote, by force, and only where the ref is at `expected` still. Gives whether anything
 * changed there: it may be at this commit already.
 *
 * @throws ForgeError `forge/push-stale`, `forge/push-rejected`, `forge/protected-branch`, `forge/workflow-permission`,
 *   `forge/missing-permission`, `forge/unauthorized`, `forge/not-found`, `forge/archived`, `forge/network`, `forge/git`
 */
export function pushCommit(git: Git, remote: PushRemote, { commit, ref, expected }: Push): Promise<boolean> {
  return push(git, remote, { source: commit, ref, expected });
}

/** Deletes a branch of the remote where it is at `expected` still. Throws as {@link pushCommit}. */
export async function deleteBranch(git: Git, remote: PushRemote, branch: string, expected: string): Promise<void> {
  await push(git, remote, { source: '', ref: `refs/heads/${branch}`, expected });
}

interface Update {
  readonly source: string;
  readonly ref: string;
  readonly expected: Lease;
}

async function push(git: Git, remote: PushRemote, { source, ref, expected }: Update): Promise<boolean> {
  const lease = `--force-with-lease=${ref}:${expected === 'absent' ? '' : expected}`;
  const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--no-signed', '--recurse-submodules=no', lease];
  const result = await runAtRemote(git, remote, { args: ['push', ...options, remote.url, `${source}:${ref}`] });
  if (result.exitCode !== 0) throw pushFailure(result, remote, 'git push');
  // git push(1), "OUTPUT": a line a ref, with `=` for one that was up to date.
  return !result.stdout.split('\n').some((line) => line.startsWith('=\t'));
}
