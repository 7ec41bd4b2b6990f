import { homedir } from 'node:os';
import { Argument, Command, Option } from '@commander-js/extra-typings';
import { defined } from '../core/defined.ts';
import { addAirgapCommands } from './airgap-commands.ts';
import { commandHelp } from './command-help.ts';
import { type CommandMaker, commandMaker, type Run, withCommonOptions, withWatchOptions } from './command-maker.ts';
import { addHelp } from './help.ts';
import { addClientCommands, addMirrorCommands, addPolicyCommands } from './mirror-commands.ts';
import { countUpTo, watchOf } from './options.ts';
import { addInit, addStudyCommands } from './start-commands.ts';

/**
 * The command line: names, options and help. Each command is one function of src/commands, loaded only when it runs.
 * docs/reference/cli.md is made from this.
 */
export function buildProgram(run: Run, version: string) {
  const program = new Command('mirrorlock')
    .description('Keeps a registry of your own in step with Docker Official Images, through pull requests.')
    .version(version)
    .showHelpAfterError('Run `mirrorlock --help`, or `mirrorlock COMMAND --help`.');
  const maker = commandMaker(program, run);
  addInit(maker);
  addRuleCommands(maker);
  addLockfileCommands(maker);
  addConsumerCommands(maker);
  addMirrorCommands(maker);
  addClientCommands(maker);
  addPolicyCommands(maker);
  addAirgapCommands(maker);
  addGitopsCommands(maker);
  addStudyCommands(maker);
  addShellCommands(maker, program);
  addHelp(program, commandHelp);
  return withCommonOptions(program);
}

/** The commands about the tool itself. */
function addShellCommands({ command, run }: CommandMaker, program: Command) {
  command('completion', 'print a script that completes commands, options, images, tags, destinations and revisions')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((shell, options) =>
      run(options, async (context) => (await import('../commands/completion.ts')).completion(context, shell)),
    );

  command('version', 'show the versions of mirrorlock, Node and git').action((options) =>
    run(options, async (context) => (await import('../commands/version.ts')).version(context, program.version() ?? '')),
  );

  // For the scripts of `completion`, which ask it at each key.
  program
    .command('complete', { hidden: true })
    .argument('[words...]', 'the words of a command line, without the program')
    .action(async (words) => {
      const { completeWords } = await import('./complete-words.ts');
      const { directory: written, config, ...asked } = completeWords(program, words);
      // A shell that completes a line has not replaced the tilde.
      const directory = written?.replace(/^~(?=\/|$)/, homedir());
      await run({ quiet: true, ...defined({ directory, config }) }, async (context) =>
        (await import('../commands/complete.ts')).complete(context, { ...asked, current: words.at(-1) ?? '' }),
      );
    });
}

/** The commands about mirrors.yaml: what it says, and what it selects. */
function addRuleCommands({ command, summarized, run }: CommandMaker) {
  summarized('check', 'check configuration, lockfile and rendered files, offline; exit code 3 if one is out of date')
    .option(
      '--against <revision>',
      'ask the source by HEAD for the digests that changed since (default: in CI, what a pull request goes into)',
    )
    .action(({ against, ...options }) =>
      run(options, async (context) => (await import('../commands/check.ts')).check(context, defined({ against }))),
    );

  command('expand', 'show which groups of tags the rules select, and their platforms')
    .option('--strict', 'warnings about rules and upstream files are errors')
    .action((options) => run(options, async (context) => (await import('../commands/expand.ts')).expand(context)));

  command('explain', 'show which rule on which line decides about a tag')
    .argument('<image:tag>', 'such as debian:12, or only an image')
    .action((subject, options) =>
      run(options, async (context, { colour }) =>
        (await import('../commands/explain.ts')).explain(context, { subject, colour }),
      ),
    );
}

/** The commands about the lockfile and what is rendered from it. */
function addLockfileCommands({ command, run }: CommandMaker) {
  command('lock', 'expand the rules, ask the source for digests, and write mirrors.lock.yaml')
    .option('--check', 'write nothing; exit code 3 if the lockfile would change')
    .option('--strict', 'warnings about rules and upstream files are errors')
    .option('--allow-empty', 'write a lockfile also where the rules select nothing')
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/lock.ts')).lock(context, {
          check: options.check === true,
          allowEmpty: options.allowEmpty === true,
        }),
      ),
    );

  command('render', 'render sync/ for skopeo, registries.conf for alternates, and the CI files of `ci`')
    .option('--check', 'write nothing; show the difference, and exit code 3 if there is one')
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/render.ts')).render(context, { check: options.check === true }),
      ),
    );

  command(
    'changes',
    'say what changes between two lockfiles, in the words of a pull request: endings, releases, rebuilds',
  )
    .argument('[a]', 'a lockfile or a git revision (default: HEAD)')
    .argument('[b]', 'a lockfile or a git revision (default: the lockfile here)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'markdown', 'json']).default('text'))
    .addOption(
      new Option(
        '--evidence <depth>',
        'what to read of why: upstream’s git, the indexes, what images hold (default: git, where it is in the cache)',
      ).choices(['git', 'index', 'contents']),
    )
    .action((from, to, options) =>
      run(options, async (context) =>
        (await import('../commands/changes.ts')).changes(context, {
          format: options.format as 'text' | 'markdown' | 'json',
          ...defined({ from, to, evidence: options.evidence as 'git' | 'index' | 'contents' | undefined }),
        }),
      ),
    );

  command('diff', 'compare two lockfiles tag by tag: releases, rebuilds, tags moved, added, removed, pending')
    .argument('[a]', 'a lockfile or a git revision (default: HEAD)')
    .argument('[b]', 'a lockfile or a git revision (default: the lockfile here)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'markdown', 'json']).default('text'))
    .action((from, to, options) =>
      run(options, async (context) =>
        (await import('../commands/diff.ts')).diff(context, {
          format: options.format as 'text' | 'markdown' | 'json',
          ...defined({ from, to }),
        }),
      ),
    );
}

/** The commands for those who pull from the mirror. Only `compare` asks a registry. */
function addConsumerCommands({ command, run }: CommandMaker) {
  command(
    'where',
    'show where a tag is: its digest, since when, how to pull it, or why not; exit code 3 if it is not here',
  )
    .argument('<image:tag>', 'such as debian:12, or as it is pulled from a destination')
    .action((asked, options) =>
      run(options, async (context) => (await import('../commands/where.ts')).where(context, asked)),
    );

  command('ls', 'list the images of the lockfile, or the tags of one')
    .argument('[image]', 'such as debian')
    .option('--columns <names>', 'only these columns, in this order, separated by commas: image,tag,digest,since')
    .option('--sort <column>', 'sort by a column')
    .option('--reverse', 'the other way round')
    .action((image, { columns, sort, reverse, ...options }) =>
      run(options, async (context) =>
        (await import('../commands/ls.ts')).ls(context, {
          ...defined({ image, columns, sort }),
          reverse: reverse === true,
        }),
      ),
    );

  command('compare', 'compare the tags of the source with official-images, the rules and the lockfile; costs no pull')
    .argument('[image...]', 'names such as debian (default: the images that the rules name)')
    .option('--all', 'all images of official-images, whatever the rules')
    .addOption(
      new Option(
        '--list <origin>',
        'where lists of tags come from: the Hub’s web API, or the registry (default: hub where the source is docker.io)',
      ).choices(['hub', 'registry'] as const),
    )
    .action((images, { all, list, ...options }) =>
      run(options, async (context) =>
        (await import('../commands/compare.ts')).compare(context, {
          ...{ images, all: all === true, ...defined({ list }) },
        }),
      ),
    );

  command('catalog', 'write a static site for searching the mirror, from lockfile, git history and reports')
    .requiredOption('--out <folder>', 'where to write it; other files in it stay')
    .option(
      '--apply <file...>',
      'what the last `apply --json` printed, or its `--report` as JSON; of several jobs, each',
    )
    .option('--verify <file...>', 'what the last `verify --json` printed, or its `--report` as JSON')
    .option('--no-history', 'leave out the git history of the lockfile')
    .option('--url <address>', 'where the site will be served, for links in its feeds')
    .action(({ out, apply, verify, history, url, ...options }) =>
      run(options, async (context) =>
        (await import('../commands/catalog.ts')).catalog(context, {
          ...{ out, history, apply: apply ?? [], verify: verify ?? [] },
          ...defined({ url }),
        }),
      ),
    );
}

const shells = ['bash', 'zsh', 'fish'] as const;

const mostPullRequests = 999_999;

/** The commands of the bot. */
function addGitopsCommands({ command, run }: CommandMaker) {
  withWatchOptions(command('update', 'lock and render the base branch, and keep one pull request of what changes'))
    .addOption(
      new Option('--summary <file>', 'append a Markdown summary (default: $GITHUB_STEP_SUMMARY)').env(
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
        (await import('../commands/update.ts')).update(context, {
          dryRun: options.dryRun === true,
          watch: watchOf(options),
          ...defined({ base, pullRequest }),
        }),
      ),
    );
}
