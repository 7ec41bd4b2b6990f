import { Option } from '@commander-js/extra-typings';
import { defined } from '../core/defined.ts';
import type { CommandMaker } from './command-maker.ts';

const forges = ['github', 'gitlab', 'kubernetes', 'none'] as const;

/** The command that begins a mirror. */
export function addInit({ command, run }: CommandMaker) {
  command('init', 'begin a mirror: its folder, git repository, mirrors.yaml and files besides; never overwrites')
    .option('--destination <place>', 'where images go, such as registry.example.com/library; it is tried first')
    .option('--insecure', 'the destination speaks plain HTTP')
    .option('--image <name...>', 'images to mirror: alpine, or some tags by a glob: "debian:12*"')
    .option(
      '--suggest <path...>',
      'images that Dockerfiles, compose files and others there use, as `suggest` reads them',
    )
    .option('--platform <os/arch...>', 'only these platforms, such as linux/amd64 (default: all)')
    .addOption(
      new Option(
        '--forge <forge>',
        'where the git repository will be, for the files of its CI; kubernetes: jobs in a cluster',
      ).choices(forges),
    )
    .option(
      '--from <file>',
      'with the rules of a sync file (- is standard input): regsync, skopeo sync, dregsy, image-syncer, flux-mirror, ocync, or a list of image:tag',
    )
    .option('--no-try', 'do not try the login and a push at the destination')
    .option('-y, --yes', 'ask nothing on the terminal: what no option says is as the example has it')
    .action(({ from, destination, insecure, image, suggest, platform, forge, try: tries, yes, ...options }) =>
      run({ ...options, makesFolder: true }, async (context, { isAsked }) =>
        (await import('../commands/init.ts')).init(context, {
          ...defined({ from, destination, insecure, images: image, suggest, platforms: platform }),
          ...defined({ forge: forge as (typeof forges)[number] | undefined }),
          tries,
          asks: isAsked && yes !== true,
        }),
      ),
    );
}

/** The commands that look back at history, and around at what is used. */
export function addStudyCommands({ command, run }: CommandMaker) {
  command(
    'suggest',
    'propose the rules that cover what projects, clusters and logs use; asks no registry, writes nothing',
  )
    .argument(
      '<path...>',
      'Dockerfiles, compose files, Kubernetes objects, access logs, the Hub’s usage report, or folders; - is standard input',
    )
    .option('--mirror <place...>', 'more places that hold official images, such as registry.example.com/hub/library')
    .option(
      '--since <day>',
      'what the rules would have cost since this day, UTC (default: the last 28, if upstream is a path)',
    )
    .option('--successors', 'also cover what has replaced tags that upstream does not list any more')
    .option('--unused', 'name what the lockfile mirrors and nothing uses')
    .action((paths, { mirror, since, successors, unused, ...options }) =>
      run(options, async (context) =>
        (await import('../commands/suggest.ts')).suggest(context, {
          paths,
          mirrors: mirror ?? [],
          successors: successors === true,
          unused: unused === true,
          ...defined({ since }),
        }),
      ),
    );

  command('simulate', 'estimate what the rules would have cost, from upstream’s real history; asks no registry')
    .requiredOption('--since <day>', 'the first day, UTC, such as 2025-08-21')
    .option('--until <day>', 'the last day (default: that of the last commit)')
    .option('--every <time>', 'how often the lockfile is made: 30m, 6h, 1d (default: 6h)', '6h')
    .option('--limit <pulls>', 'counted pulls in six hours: 100, 200, or none (default: 100)', '100')
    .option(
      '--rebuild-model <model>',
      'rebuilds without a trace in git: none, bases or images, with share=0.73,seed=1 (default: bases)',
      'bases',
    )
    .option(
      '--evidence <kind>',
      'what is read for reviewers: git, index or contents, with share=20% of the pulls (default: review.evidence, or git)',
    )
    .option('--compare <file>', 'simulate another configuration as well')
    .option('--html <file>', 'write the report as a page, with charts')
    .action(({ since, until, every, limit, rebuildModel, evidence, compare, html, ...options }) =>
      run(options, async (context) =>
        (await import('../commands/simulate.ts')).simulate(context, {
          since,
          every,
          limit,
          rebuildModel,
          ...defined({ until, evidence, compare, html }),
        }),
      ),
    );
}
