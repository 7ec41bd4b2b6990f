import { attempt } from '../core/attempt.ts';
import { ExitCode } from '../core/exit-code.ts';
import { runGit } from '../forge/git/run.ts';
import type { Context, Outcome } from '../session/context.ts';
import { mirrorGit } from '../session/mirror-repository.ts';

/** The versions of the tool and of what it runs on: what a report of a fault begins with. */
export async function version(context: Context, own: string): Promise<Outcome> {
  const answer = await attempt(() => runGit(mirrorGit(context), { args: ['--version'] }));
  const git = answer.ok ? /^git version (\S+)/.exec(answer.value.stdout)?.[1] : undefined;
  const versions = { mirrorlock: own, node: process.versions.node, ...(git === undefined ? {} : { git }) };
  const text = [
    `mirrorlock ${own}`,
    `node ${versions.node} (${process.platform}/${process.arch})`,
    git === undefined ? 'git: not found' : `git ${git}`,
  ];
  const json = { schema: 'mirrorlock/version/v1', ...versions, platform: `${process.platform}/${process.arch}` };
  return { exitCode: ExitCode.done, text: text.join('\n'), json, problems: [] };
}
