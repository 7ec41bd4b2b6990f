import type { CommandMaker } from './maker.ts';

/** The commands about mirrors.yaml: what it says, and what it selects. */
export function addRuleCommands({ command, summarized, run }: CommandMaker) {
  command('init', 'write a commented mirrors.yaml to begin from; never overwrites').action((options) =>
    run(options, async (context) => (await import('../../commands/init.ts')).init(context)),
  );

  summarized(
    'check',
    'check configuration, lockfile and rendered files, offline; exit code 3 if one is out of date',
  ).action((options) => run(options, async (context) => (await import('../../commands/check.ts')).check(context)));

  command('expand', 'show which groups of tags the rules select, and their platforms')
    .option('--strict', 'warnings about rules and upstream files are errors')
    .action((options) => run(options, async (context) => (await import('../../commands/expand.ts')).expand(context)));

  command('explain', 'tell which rule on which line decides over a tag')
    .argument('<image:tag>', 'such as debian:12, or an image alone')
    .action((subject, options) =>
      run(options, async (context, { colour }) =>
        (await import('../../commands/explain.ts')).explain(context, { subject, colour }),
      ),
    );
}
