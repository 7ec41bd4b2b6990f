import { ForgeError, isForgeError } from '../errors.ts';
import { pushFailure } from './failure.ts';
import { remoteRefs } from './read.ts';
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
 * changed there: it may be at this commit already. `push-stale` says that somebody was faster, and nothing else.
 *
 * @throws ForgeError `forge/push-stale`, `forge/name-taken`, `forge/push-rejected`, `forge/protected-branch`,
 *   `forge/workflow-permission`, `forge/missing-permission`, `forge/unauthorized`, `forge/not-found`, `forge/archived`,
 *   `forge/network`, `forge/git`
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

async function push(git: Git, remote: PushRemote, update: Update): Promise<boolean> {
  for (let isRetry = false; ; isRetry = true) {
    try {
      return await pushOnce(git, remote, update);
    } catch (error) {
      if (!isForgeError(error, 'push-stale')) throw error;
      const now = await whatIsThere(git, remote, update);
      if (now === 'pushed') return false;
      if (now === 'moved') throw error;
      // The server may have been at work on the ref when it refused.
      if (isRetry) throw refused(error);
    }
  }
}

async function pushOnce(git: Git, remote: PushRemote, { source, ref, expected }: Update): Promise<boolean> {
  const lease = `--force-with-lease=${ref}:${expected === 'absent' ? '' : expected}`;
  const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--no-signed', '--recurse-submodules=no', lease];
  const result = await runAtRemote(git, remote, { args: ['push', ...options, remote.url, `${source}:${ref}`] });
  if (result.exitCode !== 0) throw pushFailure(result, remote, 'git push');
  // git push(1), "OUTPUT": a line a ref, with `=` for one that was up to date.
  return !result.stdout.split('\n').some((line) => line.startsWith('=\t'));
}

/** What the remote has after a push that it refused. @throws ForgeError `forge/name-taken` */
async function whatIsThere(
  git: Git,
  remote: PushRemote,
  { source, ref, expected }: Update,
): Promise<'pushed' | 'moved' | 'as expected'> {
  const parts = ref.split('/');
  // `refs/heads` itself is none.
  const above = parts.map((_, at) => parts.slice(0, at).join('/')).slice(3);
  const refs = await remoteRefs(git, remote, [ref, ...above, `${ref}/*`]);
  const tip = refs.get(ref);
  if (source !== '' && tip === source) return 'pushed';
  const taken = [...refs.keys()].find((one) => above.includes(one) || one.startsWith(`${ref}/`));
  if (taken !== undefined) throw nameTaken(ref, taken);
  return (tip ?? 'absent') === expected ? 'as expected' : 'moved';
}

/** git keeps refs as files do: none can be a folder of another's name. */
function nameTaken(ref: string, taken: string): ForgeError {
  const [kind, option] = ref.startsWith('refs/heads/') ? ['branch', 'update.branch'] : ['tag', undefined];
  const [name, other] = [ref, taken].map((one) => one.replace(/^refs\/\w+\//, ''));
  const free = option === undefined ? '' : `, or set \`${option}\` in mirrors.yaml to another name`;
  return new ForgeError({
    kind: 'name-taken',
    request: 'git push',
    summary: `the remote has a ${kind} \`${other}\`, beside which git cannot keep \`${name}\`.`,
    value: other,
    hint: `Rename or delete the ${kind} ${other}${free}.`,
  });
}

function refused({ details }: ForgeError): ForgeError {
  return new ForgeError({ ...details, kind: 'push-rejected', summary: 'the server refuses to move the branch.' });
}
