import { Option } from '@commander-js/extra-typings';
import type { CommandMaker } from './maker.ts';

/** The commands about the lockfile and what is rendered from it. */
export function addLockfileCommands({ command, run }: CommandMaker) {
  command('lock', 'expand the rules, ask the source for digests, and write mirrors.lock.yaml')
    .option('--check', 'write nothing; exit code 3 if the lockfile would change')
    .option('--strict', 'warnings about rules and upstream files are errors')
    .action((options) =>
      run(options, async (context) =>
        (await import('../../commands/lock.ts')).lock(context, { check: options.check === true }),
      ),
    );

  command('render', 'render the lockfile into sync/IMAGE.yaml for skopeo')
    .option('--check', 'write nothing; show the difference, and exit code 3 if there is one')
    .action((options) =>
      run(options, async (context) =>
        (await import('../../commands/render.ts')).render(context, { check: options.check === true }),
      ),
    );

  command('diff', 'compare two lockfiles: tags added, removed, moved, rebuilt, pending')
    .argument('[a]', 'a lockfile or a git revision (default: HEAD)')
    .argument('[b]', 'a lockfile or a git revision (default: the lockfile here)')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'markdown', 'json']).default('text'))
    .action((from, to, options) =>
      run(options, async (context) =>
        (await import('../../commands/diff.ts')).diff(context, {
          format: options.format as 'text' | 'markdown' | 'json',
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        }),
      ),
    );
}
