import { Option } from '@commander-js/extra-typings';
import { countUpTo } from '../options.ts';
import type { CommandMaker } from './maker.ts';

const mostPullRequests = 999_999;

/** The commands of the bot. */
export function addGitopsCommands({ command, run }: CommandMaker) {
  command('update', 'lock and render the base branch, and keep one pull request of what changes')
    .addOption(
      new Option('--summary <file>', 'append what it tells, as Markdown (default: $GITHUB_STEP_SUMMARY)').env(
        'GITHUB_STEP_SUMMARY',
      ),
    )
    .option('--dry-run', 'decide, print what would be done, and write nothing')
    .addOption(
      new Option('--base <branch>', 'the branch that changes go to, whatever `update.base` says').conflicts(
        'pullRequest',
      ),
    )
    .option(
      '--pull-request <number>',
      'add the lockfile and rendered files to a pull request of this number that changes mirrors.yaml',
      countUpTo(mostPullRequests),
    )
    .action(({ base, pullRequest, ...options }) =>
      run({ ...options, summary: options.summary || undefined }, async (context) =>
        (await import('../../commands/update.ts')).update(context, {
          dryRun: options.dryRun === true,
          ...(base === undefined ? {} : { base }),
          ...(pullRequest === undefined ? {} : { pullRequest }),
        }),
      ),
    );
}
