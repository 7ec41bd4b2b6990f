import { targetOf } from '../options.ts';
import type { CommandMaker } from './maker.ts';

/** The commands that carry out what the policy says. */
export function addPolicyCommands({ summarized, run }: CommandMaker) {
  summarized('prune', 'delete at the destinations what left the lockfile long enough ago; exit code 4 if more waits')
    .option('--dry-run', 'delete nothing; show what would be')
    .option('--destination <name...>', 'only these destinations')
    .action((options) =>
      run(options, async (context) => {
        const { destinations } = targetOf(options);
        return (await import('../../commands/prune.ts')).prune(context, {
          dryRun: options.dryRun === true,
          ...(destinations === undefined ? {} : { destinations }),
        });
      }),
    );
}
