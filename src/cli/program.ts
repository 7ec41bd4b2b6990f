import { Command } from '@commander-js/extra-typings';
import { addAirgapCommands } from './program/airgap.ts';
import { addGitopsCommands } from './program/gitops.ts';
import { addLockfileCommands } from './program/lockfile.ts';
import { commandMaker, type Run, withCommonOptions } from './program/maker.ts';
import { addMirrorCommands } from './program/mirror.ts';
import { addPolicyCommands } from './program/policy.ts';
import { addRuleCommands } from './program/rules.ts';
import { addStudyCommands } from './program/study.ts';

/**
 * The command line: names, options and help. Each command is one function of src/commands, loaded only when it runs.
 * The reference in the README is made from this.
 */
export function buildProgram(run: Run, version: string) {
  const program = new Command('mirrorlock')
    .description('Keeps a registry of your own in step with Docker Official Images, through pull requests.')
    .version(version)
    .showHelpAfterError('Run `mirrorlock --help`, or `mirrorlock COMMAND --help`.');
  const maker = commandMaker(program, run);
  addRuleCommands(maker);
  addLockfileCommands(maker);
  addMirrorCommands(maker);
  addPolicyCommands(maker);
  addAirgapCommands(maker);
  addGitopsCommands(maker);
  addStudyCommands(maker);
  return withCommonOptions(program);
}
