import type { CommandMaker } from './maker.ts';

/** The commands of the bot. */
export function addGitopsCommands({ summarized, run }: CommandMaker) {
  summarized('update', 'lock and render the base branch, and keep one pull request of what changes')
    .option('--dry-run', 'decide, print what would be proposed, and write nothing')
    .action((options) =>
      run(options, async (context) =>
        (await import('../../commands/update.ts')).update(context, { dryRun: options.dryRun === true }),
      ),
    );
}
