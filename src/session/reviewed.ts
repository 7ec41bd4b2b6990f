import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { runGit } from '../forge/git/run.ts';
import { lockfileName } from '../lock/file.ts';
import type { Context } from './context.ts';
import { commitAt, type MergedBranch, type MergedConfig, openMergedBranch } from './merged.ts';

/** What a command that writes is told of the lockfile's review. */
export interface ReviewChoice {
  /** The git revision whose lockfile counts; absent: that of the work tree. */
  readonly at?: string;
  /** Whether a lockfile that was not merged is taken all the same, with a warning. */
  readonly unreviewed?: boolean;
}

/**
 * Checks that the lockfile to work on was merged. Where it was not, that is an error in CI and for `--at`, and a warning
 * on a person's machine; with `unreviewed` it is a warning everywhere. Gives the warnings.
 *
 * @throws UserError `review/no-git`, `review/uncommitted`, `review/unmerged`, `review/shallow`
 */
export async function checkReviewed(
  context: Context,
  config: MergedConfig,
  { at, unreviewed = false }: ReviewChoice,
): Promise<Problem[]> {
  const opened = await attempt(() => openMergedBranch(context, config));
  const found = !opened.ok
    ? problem(
        'no-git',
        'This folder is not a git repository: nothing says that its lockfile was merged.',
        context.directory,
      )
    : opened.value === undefined
      ? uncommitted
      : at === undefined
        ? await findUnmerged(opened.value)
        : await findUnmergedAt(opened.value, at);
  if (found === undefined) return [];
  if (!unreviewed && (at !== undefined || isCi(context.env))) throw new UserError([found]);
  return [{ ...found, severity: 'warning' }];
}

/** Whether this is a run of a CI, as nearly all of them say it. */
export function isCi({ CI: ci = '' }: Environment): boolean {
  return !['', '0', 'false'].includes(ci.toLowerCase());
}

/** Why the lockfile of the work tree was not merged. A branch that leaves it as it is where they parted will do. */
async function findUnmerged(branch: MergedBranch): Promise<Problem | undefined> {
  const { git, head, tip, path, name } = branch;
  const own = await blobAt(branch, head);
  const compared = await runGit(git, { args: ['diff', '--quiet', '--no-ext-diff', head, '--', `:(top)${path}`] });
  if (own === undefined || compared.exitCode !== 0) return uncommitted;
  if (branch.contains(head)) return undefined;
  if (tip === undefined) return absentBranch(name);
  const parted = await runGit(git, { args: ['merge-base', head, tip] });
  if ([await blobAt(branch, tip), await blobAt(branch, parted.stdout.trim())].includes(own)) return undefined;
  if (branch.isShallow) return shallow(head);
  return problem('unmerged', `The lockfile of HEAD is not merged into ${name}.`, head);
}

async function findUnmergedAt(branch: MergedBranch, at: string): Promise<Problem | undefined> {
  const commit = await commitAt(branch.git, at);
  if (commit !== undefined && branch.contains(commit)) return undefined;
  if (branch.tip === undefined) return absentBranch(branch.name);
  if (branch.isShallow) return shallow(at);
  return problem('unmerged', `\`--at\` takes a commit that ${branch.name} had as its tip, or a tag of one.`, at);
}

async function blobAt({ git, path }: MergedBranch, commit: string): Promise<string | undefined> {
  if (commit === '') return undefined;
  const { exitCode, stdout } = await runGit(git, { args: ['rev-parse', '--verify', '--quiet', `${commit}:${path}`] });
  return exitCode === 0 ? stdout.trim() : undefined;
}

const goOn = '`--unreviewed` goes on without.';

function problem(code: string, message: string, value?: string, first = 'Merge it first'): Problem {
  const seen = defined({ value });
  return { code: `review/${code}`, severity: 'error', message, ...seen, hint: `${first}; ${goOn}` };
}

const uncommitted = problem(
  'uncommitted',
  `${lockfileName} differs from HEAD.`,
  undefined,
  'Commit and merge it first',
);

function absentBranch(name: string): Problem {
  const message = `This clone does not have the branch ${name}: nothing says that the lockfile was merged.`;
  return problem('unmerged', message, name, `Run \`git fetch origin ${name}:refs/remotes/origin/${name}\``);
}

function shallow(value: string): Problem {
  const hint =
    'Run `git fetch --unshallow`; in GitHub Actions give actions/checkout `fetch-depth: 0`, in GitLab set `GIT_DEPTH: "0"`';
  return problem('shallow', 'The clone is shallow: nothing says that this commit was merged.', value, hint);
}
