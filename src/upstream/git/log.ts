import { cleanText } from '../../core/text.ts';
import type { LoggedCommit, UpstreamLog } from '../types.ts';
import { type LocalGit, runText } from './local.ts';
import { findCommit, isAncestor } from './repository.ts';
import type { Inquiry } from './session.ts';

/** A subject is one line; git's own advice is fifty characters. */
const longestSubject = 200;

/**
 * Asks for the commits after `since`, up to the one that is asked about, that changed files of `library/`: those of
 * branches that were merged too.
 */
export function logInquiry(since: string): Inquiry<UpstreamLog, UpstreamLog> {
  return {
    history: { since },
    plan: (local, commit) => readLog(local, since, commit),
    blobsOf: () => [],
    read: async (_local, log) => log,
  };
}

async function readLog(git: LocalGit, since: string, until: string): Promise<UpstreamLog> {
  if ((await findCommit(git, since)) !== since) return { state: 'absent' };
  if (!(await isAncestor(git, since, until))) return { state: 'apart' };
  return { state: 'read', commits: await readLogOf(git, [`${since}..${until}`]) };
}

/** The commits of a range that changed files of `library/`, the newest last. @param range options and revisions of git log */
export async function readLogOf(git: LocalGit, range: readonly string[]): Promise<LoggedCommit[]> {
  // Of a merge, `-c` gives the files that differ from all of its parents: those that the merge itself changed.
  const format = ['--topo-order', '--reverse', '-c', '--name-only', '--no-renames', '--format=%x01%H%x01%P%x01%s'];
  const output = await runText(git, ['log', ...format, ...range, '--', 'library/']);
  return output.split('\n\x01').flatMap(readCommit);
}

/** A line of hash, parents and subject, then the files. */
function readCommit(text: string): LoggedCommit[] {
  const [head = '', ...lines] = text.replace(/^\x01/, '').split('\n');
  const [, sha, parents = '', subject = ''] = /^([0-9a-f]+)\x01([0-9a-f ]*)\x01(.*)$/s.exec(head) ?? [];
  if (sha === undefined) return [];
  const files = lines.flatMap((line) => /^library\/([^/]+)$/.exec(line)?.[1] ?? []);
  return [{ sha, isMerge: parents.includes(' '), subject: cleanText(subject, longestSubject), files }];
}
