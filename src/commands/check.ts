import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { readLockfile } from '../lock/file.ts';
import { staleness } from '../lock/staleness.ts';
import { summarizeCheck } from '../report/summary.ts';
import type { Context, Outcome } from '../session/context.ts';
import { lockfilePath, openConfig } from '../session/workspace.ts';

/**
 * Checks, without asking anyone outside, that the configuration and lockfile are valid, that the lockfile was made from
 * this configuration, and that the rendered files were made from this lockfile. Exit code 3 when one is out of date.
 */
export async function check(context: Context): Promise<Outcome> {
  const config = await openConfig(context);
  const lockfile = await readLockfile(lockfilePath(context));
  const stale =
    lockfile === undefined
      ? [outOfDate('lock/missing', 'There is no lockfile yet.', 'Run `mirrorlock lock`.')]
      : [
          ...staleness(lockfile, config),
          ...(await (await import('../runs/render.ts')).pendingChanges(context, config, lockfile)).map(
            ({ path, after }) =>
              outOfDate(
                'render/stale',
                renderRule(after),
                'Run `mirrorlock render`; `mirrorlock render --check` shows the difference.',
                path,
              ),
          ),
        ];
  const missing = await missingFor(context, config);
  const isCurrent = stale.length === 0 && missing.length === 0;
  const problems = [...stale, ...missing, ...config.warnings];
  const { include, exclude, destinations } = config;
  const counted = `${include.length} include and ${exclude.length} exclude rules, ${destinations.length} destinations`;
  const notes = ciNotes(config);
  const verdict = isCurrent
    ? `Valid and up to date: ${counted}, ${lockfile?.images.length ?? 0} images locked.`
    : 'Out of date.';
  return {
    exitCode: isCurrent ? ExitCode.done : ExitCode.stale,
    text: [verdict, ...notes.map((note) => `Note: ${note}`)].join('\n'),
    json: { schema: 'mirrorlock/check/v1', current: isCurrent, problems, notes },
    problems,
    summary: (maxLength) => summarizeCheck({ isCurrent, problems }, maxLength),
  };
}

/** What the rendered CI needs and the mirror repository lacks. */
async function missingFor({ directory }: Context, { ci }: Config): Promise<readonly Problem[]> {
  if (ci?.tool !== 'dependency') return [];
  return (await import('../render/ci/tool.ts')).missingTool(directory);
}

function renderRule(after: string | undefined): string {
  return after === undefined
    ? 'A rendered file belongs to an image or a CI that is no longer configured.'
    : 'A rendered file differs from what the lockfile and mirrors.yaml give.';
}

function outOfDate(code: string, message: string, hint: string, value?: string): Problem {
  return { code, severity: 'error', message, hint, ...defined({ value }) };
}

/** What `ci` brings with it that nobody can see in the files, a sentence each. */
export function ciNotes({ ci }: Pick<Config, 'ci'>): string[] {
  if (ci?.provider !== 'github' || ci.app !== undefined) return [];
  return [
    'The bot uses GITHUB_TOKEN: checks of its pull requests wait for an approval, and it cannot push changes to .github/workflows/. `ci.app` names a GitHub App that can.',
    'GITHUB_TOKEN opens pull requests only where the settings of the repository (Actions, General) say "Allow GitHub Actions to create and approve pull requests".',
  ];
}
