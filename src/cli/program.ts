import { availableParallelism } from 'node:os';
import { Command, Option } from '@commander-js/extra-typings';
import type { Context, Outcome } from '../commands/context.ts';
import { type CommonOptions, countUpTo, targetOf } from './options.ts';

const maxJobs = 64;
/** Copying waits for the network and disks more than it works: two processes a processor, and no more than a registry likes. */
const defaultJobs = Math.min(8, 2 * availableParallelism());

/** Runs a command with its context, prints what it returns, and keeps the exit code. */
export type Run = (
  options: CommonOptions,
  command: (context: Context, terminal: { colour: boolean }) => Promise<Outcome>,
) => Promise<void>;

/**
 * The command line: names, options and help. Each command is one function of src/commands, loaded only when it runs.
 * The reference in the README is made from this.
 */
export function buildProgram(run: Run, version: string) {
  const program = new Command('mirrorlock')
    .description('Keeps a registry of your own in step with Docker Official Images, through pull requests.')
    .version(version)
    .showHelpAfterError('Run `mirrorlock --help`, or `mirrorlock COMMAND --help`.');

  const command = (name: string, description: string) =>
    withCommonOptions(program.command(name).description(description));
  const targeted = (name: string, description: string) =>
    command(name, description)
      .option('--image <name...>', 'only these images, by name or glob')
      .option('--shard <I/N>', 'only part I of N, by image: disjoint and complete (I from 1; 0 stands for N)')
      .option('--destination <name...>', 'only these destinations');

  command('init', 'write a commented mirrors.yaml to begin from; never overwrites').action((options) =>
    run(options, async (context) => (await import('../commands/init.ts')).init(context)),
  );

  command(
    'check',
    'check configuration, lockfile and rendered files, offline; exit code 3 if one is out of date',
  ).action((options) => run(options, async (context) => (await import('../commands/check.ts')).check(context)));

  command('expand', 'show which groups of tags the rules select, and their platforms')
    .option('--strict', 'warnings about rules and upstream files are errors')
    .action((options) => run(options, async (context) => (await import('../commands/expand.ts')).expand(context)));

  command('explain', 'tell which rule on which line decides over a tag')
    .argument('<image:tag>', 'such as debian:12, or an image alone')
    .action((subject, options) =>
      run(options, async (context, { colour }) =>
        (await import('../commands/explain.ts')).explain(context, { subject, colour }),
      ),
    );

  command('lock', 'expand the rules, ask the source for digests, and write mirrors.lock.yaml')
    .option('--check', 'write nothing; exit code 3 if the lockfile would change')
    .option('--strict', 'warnings about rules and upstream files are errors')
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/lock.ts')).lock(context, { check: options.check === true }),
      ),
    );

  command('render', 'render the lockfile into sync/IMAGE.yaml for skopeo')
    .option('--check', 'write nothing; show the difference, and exit code 3 if there is one')
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/render.ts')).render(context, { check: options.check === true }),
      ),
    );

  command('diff', 'compare two lockfiles: tags added, removed, moved, rebuilt, pending')
    .argument('[a]', 'a lockfile or a git revision (default: HEAD)')
    .argument('[b]', 'a lockfile or a git revision (default: the lockfile here)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'markdown', 'json']).default('text'))
    .action((from, to, options) =>
      run(options, async (context) =>
        (await import('../commands/diff.ts')).diff(context, {
          format: options.format as 'text' | 'markdown' | 'json',
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        }),
      ),
    );

  targeted('plan', 'show what apply would do; asks the destinations by HEAD, and the source nothing').action(
    (options) =>
      run(options, async (context) => (await import('../commands/plan.ts')).plan(context, targetOf(options))),
  );

  targeted('apply', 'copy what is absent by skopeo, each digest once, and put the tags')
    .option('--dry-run', 'do nothing; the same as `mirrorlock plan`')
    .option('--jobs <n>', 'how many skopeo processes run at once', countUpTo(maxJobs))
    .option('--skopeo <program>', 'the skopeo to run', 'skopeo')
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/apply.ts')).apply(context, {
          ...targetOf(options),
          jobs: options.jobs ?? defaultJobs,
          skopeo: options.skopeo,
          dryRun: options.dryRun === true,
        }),
      ),
    );

  targeted('verify', 'compare the destinations with the lockfile by HEAD; exit code 3 on drift')
    .option('--extra', 'list tags as well, and name those that the lockfile does not')
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/verify.ts')).verify(context, {
          ...targetOf(options),
          extra: options.extra === true,
        }),
      ),
    );

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
        (await import('../commands/simulate.ts')).simulate(context, {
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

  return withCommonOptions(program);
}

function withCommonOptions<Args extends unknown[], Options extends Record<string, unknown>>(
  command: Command<Args, Options>,
) {
  return command
    .option('-C, --directory <dir>', 'the mirror repository (default: the current folder)')
    .option('--config <file>', 'the configuration (default: mirrors.yaml)')
    .option('--upstream <url-or-path>', 'read official-images from here, not from where the configuration says')
    .option('--ref <ref>', 'the branch, tag or commit of upstream to read')
    .option('--json', 'print the result as JSON of a versioned shape, on stdout')
    .option('-q, --quiet', 'neither progress nor warnings')
    .option('-v, --verbose', 'tell what happens, in detail, on stderr')
    .option('--no-color', 'no colours (as with NO_COLOR in the environment)');
}
