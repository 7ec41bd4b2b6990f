import { Option } from '@commander-js/extra-typings';
import { defined } from '../core/defined.ts';
import type { CommandMaker } from './command-maker.ts';
import { countUpTo, defaultJobs, mostJobs, targetOf, unreviewedOption } from './options.ts';

/** The commands that carry images to a place without a network. */
export function addAirgapCommands({ summarized, run }: CommandMaker) {
  summarized('export', 'write what the lockfile names into a folder, as an OCI layout, to be carried elsewhere')
    .argument('<folder>', 'a new or empty folder, or an export to go on with')
    .option('--since <export>', 'leave out what an earlier export had: its folder, or its mirrorlock-export.json')
    .option('--from <destination>', 'read from a destination, which costs no counted pulls, not from the source')
    .option('--image <name...>', 'only these images, by name or glob; commas may stand between them')
    .option('--shard <I/N>', 'only part I of N, by image: disjoint and complete (I from 1; 0 stands for N)')
    .option('--at <revision>', 'the lockfile of a git revision, such as a mirrored/ tag')
    .option('--jobs <n>', 'how many blobs are transferred side by side', countUpTo(mostJobs), defaultJobs)
    .addOption(unusedSkopeo())
    .action((folder, options) =>
      run(options, async (context) =>
        (await import('../commands/export.ts')).exportImages(context, {
          ...targetOf(options),
          folder,
          ...defined({ since: options.since, from: options.from }),
          jobs: options.jobs,
        }),
      ),
    );

  summarized('import', 'bring an export to the destinations; refuses what is damaged, or not in the lockfile here')
    .argument('<folder>', 'the folder of an export')
    .option('--destination <name...>', 'only these destinations')
    .option('--at <revision>', 'the lockfile of a git revision, such as a mirrored/ tag')
    .option(...unreviewedOption)
    .option('--jobs <n>', 'how many blobs are transferred side by side', countUpTo(mostJobs), defaultJobs)
    .addOption(unusedSkopeo())
    .action((folder, options) =>
      run(options, async (context) => {
        const { destinations, at } = targetOf(options);
        return (await import('../commands/import.ts')).importImages(context, {
          folder,
          ...defined({ destinations, at }),
          unreviewed: options.unreviewed === true,
          jobs: options.jobs,
        });
      }),
    );
}

/** Scripts that name a skopeo go on: nothing runs it here. */
function unusedSkopeo() {
  return new Option('--skopeo <program>', 'has no effect: exports and imports need no skopeo').hideHelp();
}
