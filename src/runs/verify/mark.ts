import { problemError } from '../../core/problem.ts';
import { repositoryFiles } from '../../core/repository-files.ts';
import { isForgeError } from '../../forge/errors.ts';
import { pushCommit } from '../../forge/git/push.ts';
import { readFileAt } from '../../forge/git/read.ts';
import type { PushRemote } from '../../forge/git/remote.ts';
import { type Git, gitOutput, runGit } from '../../forge/git/run.ts';
import { makeTag, remoteTags } from '../../forge/git/tags.ts';
import { lockfileName } from '../../lock/file.ts';
import { markPrefix } from '../../session/applied.ts';
import type { Context } from '../../session/context.ts';
import { mirrorGit, mirrorRemote } from '../../session/mirror-repository.ts';

/** What is to be marked, found fit to be so. */
export interface Markable {
  readonly git: Git;
  readonly remote: PushRemote;
  readonly commit: string;
  /** Where in the git repository the mirror is: empty, or a path with `/` at its end. */
  readonly prefix: string;
}

interface Mark {
  readonly tag: string;
  readonly commit: string;
  /** Whether it was made now; else it was there. */
  readonly isNew: boolean;
}

const tagger = { name: 'mirrorlock', email: 'mirrorlock@localhost' };
/** How often a tag is tried that somebody else was faster to push. */
const tries = 3;

/**
 * Finds the commit of HEAD fit to be marked: it holds the very lockfile that stands in the work tree, and there is a
 * remote to push a tag to. Nothing is asked outside.
 *
 * @throws UserError `mark/no-commit`, `mark/no-remote`, `mark/lockfile-differs`, and as `mirrorRemote` does
 */
export async function findMarkable(context: Context): Promise<Markable> {
  const git = mirrorGit(context);
  const { exitCode, stdout, stderr } = await runGit(git, {
    args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'],
  });
  const commit = stdout.trim();
  if (exitCode !== 0)
    throw problemError('mark/no-commit', 'There is no commit to mark.', stderr.trim() || context.directory);
  const remote = await mirrorRemote(context);
  if (remote === undefined) {
    const hint = 'Add one: `git remote add origin URL`.';
    throw problemError('mark/no-remote', 'The mark cannot be pushed: there is no remote `origin`.', undefined, hint);
  }
  const folder = (await gitOutput(git, { args: ['rev-parse', '--show-prefix'] })).trimEnd();
  const committed = await readFileAt(git, commit, `${folder}${lockfileName}`);
  const here = await repositoryFiles(context.directory, 'lock').read(lockfileName);
  if (here === undefined || here !== committed) {
    const message = `Only a committed lockfile can be marked, and ${lockfileName} differs from HEAD.`;
    throw problemError('mark/lockfile-differs', message, commit, 'Commit it first, or restore it.');
  }
  return { git, remote, commit, prefix: folder };
}

/**
 * Tags the commit as served and pushes the tag; does nothing where it bears a mark already. Of two runs at once, each
 * makes a name of its own or finds the other's.
 *
 * @throws UserError `mark/no-name`, and as `pushCommit` does
 */
export async function mark(markable: Markable, destinations: readonly string[], now: Date): Promise<Mark> {
  const { git, remote, commit } = markable;
  const begin = markPrefix(markable.prefix);
  for (let tried = 1; ; tried++) {
    const tags = await remoteTags(git, remote, begin);
    const isOfFolder = (name: string) => !name.slice(begin.length).includes('/');
    const there = [...tags].find(([name, tagged]) => tagged === commit && isOfFolder(name));
    if (there !== undefined) return { tag: there[0], commit, isNew: false };
    const tag = freeMarkName(now, new Set([...tags.keys(), ...(await localTags(git, begin))]), begin);
    if (tag === undefined) throw problemError('mark/no-name', 'Too many marks were made in this minute.');
    try {
      await pushMark(markable, tag, messageFor(destinations), now);
      return { tag, commit, isNew: true };
    } catch (error) {
      if (tried === tries || !isForgeError(error, 'push-stale')) throw error;
    }
  }
}

async function pushMark({ git, remote, commit }: Markable, name: string, message: string, date: Date): Promise<void> {
  const object = await makeTag(git, { name, commit, message, tagger, date });
  const ref = `refs/tags/${name}`;
  await pushCommit(git, remote, { commit: object, ref, expected: 'absent' });
  await gitOutput(git, { args: ['update-ref', ref, object] });
}

async function localTags(git: Git, begin: string): Promise<string[]> {
  const args = ['for-each-ref', '--format=%(refname:lstrip=2)', `refs/tags/${begin}`];
  return (await gitOutput(git, { args })).split('\n').filter(Boolean);
}

function messageFor(destinations: readonly string[]): string {
  return `All that ${lockfileName} names is at: ${destinations.join(', ')}`;
}

/** Nobody marks so often in a minute; more than that is a loop gone wrong. */
const most = 99;

/**
 * The name of a mark that is not taken yet: `mirrored/2026-08-21T1200Z`, by the minute in UTC, and within it
 * `mirrored/2026-08-21T1200Z-2` and so on. Undefined where too many are taken.
 */
export function freeMarkName(at: Date, taken: ReadonlySet<string>, begin = markPrefix('')): string | undefined {
  const name = `${begin}${at.toISOString().slice(0, 16).replace(':', '')}Z`;
  const names = [name, ...Array.from({ length: most - 1 }, (_, index) => `${name}-${index + 2}`)];
  return names.find((one) => !taken.has(one));
}
