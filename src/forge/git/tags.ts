import type { CommitIdentity } from './commit.ts';
import { pushFailure } from './failure.ts';
import { type PushRemote, runAtRemote } from './remote.ts';
import { type Git, gitOutput } from './run.ts';

/** The tags of the remote whose names begin with `prefix`, and the commit that each stands for. Throws as `pushCommit` does. */
export async function remoteTags(git: Git, remote: PushRemote, prefix: string): Promise<ReadonlyMap<string, string>> {
  const args = ['ls-remote', '--quiet', remote.url, `refs/tags/${prefix}*`];
  const result = await runAtRemote(git, remote, { args });
  if (result.exitCode !== 0) throw pushFailure(result, remote, 'git ls-remote');
  return readTags(result.stdout);
}

/** A line for each ref, and for an annotated tag one more, `NAME^{}`, with what it stands for (git-ls-remote(1)). */
function readTags(output: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const line of output.split('\n').filter(Boolean)) {
    const [commit = '', ref = ''] = line.split('\t');
    tags.set(ref.replace(/^refs\/tags\//, '').replace(/\^\{\}$/, ''), commit);
  }
  return tags;
}

export interface NewTag {
  readonly name: string;
  readonly commit: string;
  readonly message: string;
  readonly tagger: CommitIdentity;
  readonly date: Date;
}

/**
 * Makes an annotated tag only in the object store, with no ref, so that nothing is left behind where it cannot be
 * pushed; gives its name there. Equal tags give the equal object.
 *
 * @throws ForgeError `forge/git`
 */
export async function makeTag(git: Git, { name, commit, message, tagger, date }: NewTag): Promise<string> {
  const seconds = Math.floor(date.getTime() / 1000);
  const head = [
    `object ${commit}`,
    'type commit',
    `tag ${name}`,
    `tagger ${tagger.name} <${tagger.email}> ${seconds} +0000`,
  ];
  const input = `${head.join('\n')}\n\n${message.trimEnd()}\n`;
  return (await gitOutput(git, { args: ['mktag'], input })).trim();
}
