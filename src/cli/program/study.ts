import type { CommandMaker } from './maker.ts';

/** The commands that look back at history. */
export function addStudyCommands({ command, run }: CommandMaker) {
  command('simulate', 'tell what the rules would have cost, from upstream’s real history; asks no registry')
    .requiredOption('--since <day>', 'the first day, UTC, such as 2025-08-21')
    .option('--until <day>', 'the last day (default: that of the last commit)')
    .option('--every <time>', 'how often the lockfile is made: 30m, 6h, 1d (default: 6h)', '6h')
    .option('--limit <pulls>', 'counted pulls in six hours: 100, 200, or none (default: 100)', '100')
    .option(
      '--rebuild-model <model>',
      'rebuilds without a trace in git: none, bases or images, with share=0.73,seed=1 (default: bases)',
      'bases',
    )
    .option('--compare <file>', 'simulate another configuration as well')
    .option('--html <file>', 'write the report as a page, with charts')
    .action(({ since, until, every, limit, rebuildModel, compare, html, ...options }) =>
      run(options, async (context) =>
        (await import('../../commands/simulate.ts')).simulate(context, {
          since,
          every,
          limit,
          rebuildModel,
          ...(until === undefined ? {} : { until }),
          ...(compare === undefined ? {} : { compare }),
          ...(html === undefined ? {} : { html }),
        }),
      ),
    );
}
