import { Option } from '@commander-js/extra-typings';
import { clientNames } from '../clients/types.ts';
import type { EngineName } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { problemError } from '../core/problem.ts';
import type { PlanOptions } from '../runs/plan.ts';
import { type CommandMaker, withWatchOptions } from './command-maker.ts';
import {
  countUpTo,
  defaultJobs,
  mostJobs,
  pullCount,
  targetOf,
  timeSpan,
  unreviewedOption,
  watchOf,
} from './options.ts';

const defaultMaxWaitMs = 60_000;

/** GitHub Actions starts no more jobs from one matrix. */
const mostMatrixJobs = 256;

const mostStates = 999_999;
const defaultStates = 20;

/** The commands that look at destinations and change them. */
export function addMirrorCommands({ command, targeted, run }: CommandMaker) {
  command(
    'budget',
    'show what the source and its alternates allow to pull, and what is left; only asks by HEAD',
  ).action((options) => run(options, async (context) => (await import('../commands/budget.ts')).budget(context)));

  command(
    'doctor',
    'look for what stands in the way: machine, upstream, source, destinations, forge, files; exit code 1 for an error',
  ).action((options) => run(options, async (context) => (await import('../commands/doctor.ts')).doctor(context)));

  targeted('plan', 'show what apply would do; only asks by HEAD, and asks the source only for its pull limit')
    .addOption(budgetOption())
    .option('--detailed-exitcode', 'exit code 3 where there is something to do')
    .option('--matrix', 'print a job matrix for CI on one line: {"include":[{"job","images","pulls"}]}')
    .option(
      '--jobs <n>',
      'with --matrix: how many jobs there are at most (default: ci.jobs, or 8)',
      countUpTo(mostMatrixJobs),
    )
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/plan.ts')).plan(context, {
          ...targetOf(options),
          ...matrixOptions(options),
          ...defined({ budget: options.budget }),
          detailedExitCode: options.detailedExitcode === true,
        }),
      ),
    );

  withWatchOptions(targeted('apply', 'copy what is absent, each digest once, and put the tags'))
    .option('--dry-run', 'do nothing; the same as `mirrorlock plan`')
    .option(...unreviewedOption)
    .option('--deep', 'read each manifest at the destination and ask for each blob first; put again what is damaged')
    .addOption(budgetOption())
    .addOption(new Option('--engine <engine>', 'what copies, in place of apply.engine').choices(['direct', 'skopeo']))
    .option(
      '--max-wait <time>',
      'how long to wait for pulls to come back before it ends with exit code 4 (default: 60s)',
      timeSpan,
    )
    .option('--jobs <n>', 'how many blobs are transferred side by side', countUpTo(mostJobs), defaultJobs)
    .option('--skopeo <program>', 'the program of the skopeo engine', 'skopeo')
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/apply.ts')).apply(context, {
          ...targetOf(options),
          ...(options.engine === undefined ? {} : { engine: options.engine as EngineName }),
          jobs: options.jobs,
          skopeo: options.skopeo,
          maxWaitMs: options.maxWait ?? defaultMaxWaitMs,
          ...defined({ budget: options.budget }),
          dryRun: options.dryRun === true,
          unreviewed: options.unreviewed === true,
          deep: options.deep === true,
          watch: watchOf(options),
        }),
      ),
    );

  withWatchOptions(targeted('verify', 'compare the destinations with the lockfile by HEAD; exit code 3 on drift'))
    .option('--extra', 'list tags as well, and name those that the lockfile does not')
    .addOption(
      new Option(
        '--deep [how]',
        'read each manifest as well, and ask for each blob; --deep=content reads blobs too',
      ).choices(['content'] as const),
    )
    .option('--mark', 'where nothing differs: tag the commit of HEAD as mirrored/TIME, and push the tag')
    .option(
      '--report-issue',
      'open or update an issue on the forge where something differs; close it where nothing does',
    )
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/verify.ts')).verify(context, {
          ...targetOf(options),
          extra: options.extra === true,
          ...(options.deep === undefined ? {} : { deep: options.deep === 'content' ? 'content' : 'heads' }),
          mark: options.mark === true,
          reportIssue: options.reportIssue === true,
          watch: watchOf(options),
        }),
      ),
    );

  command('states', 'list what was served when, by the marks of `verify --mark`, for `apply --at`')
    .option('--limit <n>', 'how many at most, the newest first', countUpTo(mostStates), defaultStates)
    .action((options) =>
      run(options, async (context) =>
        (await import('../commands/states.ts')).states(context, { limit: options.limit }),
      ),
    );
}

/** The commands for those who pull from the mirror. */
export function addClientCommands({ command, run }: CommandMaker) {
  command(
    'client-config',
    'print the settings with which a client pulls official images from the mirror; asks no registry',
  )
    .argument('<client>', clientNames.join(', '))
    .option('--destination <name...>', 'only these destinations')
    .action((client, { destination, ...options }) =>
      run(options, async (context) =>
        (await import('../commands/client-config.ts')).clientConfig(context, {
          client,
          ...targetOf({ destination }),
        }),
      ),
    );
}

function budgetOption() {
  return new Option(
    '--budget <pulls>',
    'counted pulls in a window: auto, unlimited or a number, in place of source.budget.pulls',
  )
    .env('MIRRORLOCK_BUDGET')
    .argParser(pullCount);
}

/** @throws UserError `cli/jobs-without-matrix` */
function matrixOptions({ matrix, jobs }: { matrix?: true | undefined; jobs?: number | undefined }): PlanOptions {
  if (matrix === true) return { matrix: defined({ jobs }) };
  if (jobs === undefined) return {};
  throw problemError('cli/jobs-without-matrix', '`plan --jobs` only applies with `--matrix`.', String(jobs));
}

/** The commands that carry out what the policy says. */
export function addPolicyCommands({ summarized, run }: CommandMaker) {
  summarized(
    'prune',
    'delete at the destinations what left the lockfile long enough ago; exit code 3 if it may not, 4 if more waits',
  )
    .option('--dry-run', 'delete nothing; show what would be')
    .option(...unreviewedOption)
    .option('--destination <name...>', 'only these destinations')
    .action((options) =>
      run(options, async (context) => {
        const { destinations } = targetOf(options);
        return (await import('../commands/prune.ts')).prune(context, {
          dryRun: options.dryRun === true,
          unreviewed: options.unreviewed === true,
          ...defined({ destinations }),
        });
      }),
    );
}
