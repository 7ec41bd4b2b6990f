import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { readLockfile } from '../lock/file.ts';
import { staleness } from '../lock/staleness.ts';
import type { Lockfile } from '../lock/types.ts';
import { gitattributesPath, hasBlock } from '../render/gitattributes.ts';
import type { RenderChange } from '../render/types.ts';
import { summarizeCheck } from '../report/summary.ts';
import type { Context, Outcome } from '../session/context.ts';
import { lockfilePath, matchLocked, openConfig } from '../session/workspace.ts';

/** What check compares with. */
export interface CheckOptions {
  /** The revision that the change begins from; absent: in CI the branch that a pull request goes into. */
  readonly against?: string;
}

/**
 * Checks that the configuration and lockfile are valid, that the lockfile was made from this configuration, and that the
 * rendered files were made from this lockfile, without asking anyone outside. Of a change, such as a pull request in CI, it
 * asks the source by HEAD for the digests, and OSV where `review.vulnerabilities.failOn` says so. Exit code 3 when one is out of date or not known, 1 when the source could not be asked.
 */
export async function check(context: Context, { against }: CheckOptions = {}): Promise<Outcome> {
  const config = await openConfig(context);
  const lockfile = await readLockfile(lockfilePath(context));
  await matchLocked(context, config, lockfile);
  const { orphanedCi, pendingChanges, renderPlace, schemaFile } = await import('../runs/render.ts');
  const { sharedSites } = await import('../runs/shared-site.ts');
  const place = await renderPlace(context, config);
  const changes = lockfile === undefined ? [] : await pendingChanges(context, config, lockfile, place);
  const stale =
    lockfile === undefined
      ? [outOfDate('lock/missing', 'There is no lockfile yet.', 'Run `mirrorlock lock`.')]
      : [
          ...staleness(lockfile, config),
          ...changes
            .filter((change) => !isUnfolded(change) && change.path !== schemaFile)
            .map(({ path, after }) =>
              outOfDate(
                'render/stale',
                renderRule(after),
                'Run `mirrorlock render`; `mirrorlock render --check` shows the difference.',
                path,
              ),
            ),
        ];
  const digests = lockfile === undefined ? undefined : await askAbout(context, config, lockfile, against);
  const { errors, first, changes: told } = digests ?? { errors: [], first: [] };
  const missing = await missingFor(context, config);
  const shared = await sharedSites(context, config, place);
  const clashes = shared.filter(({ severity }) => severity === 'error');
  const isCurrent = [stale, missing, clashes, errors].every((found) => found.length === 0);
  const orphaned = await orphanedCi(place);
  const surprises = await (await import('../runs/surprises.ts')).findSurprises(context, config);
  const noted = [...first, ...config.warnings, ...orphaned, ...surprises];
  const problems = [...errors, ...stale, ...missing, ...shared, ...noted];
  const { include, exclude, destinations } = config;
  const rules = `${include.length} include and ${exclude.length} exclude rules, ${counted(destinations.length, 'destination')}`;
  const notes = [
    ...ciNotes(config),
    ...(changes.some(isUnfolded) ? [unfoldedNote] : []),
    ...(changes.some(({ path }) => path === schemaFile) ? [oldSchemaNote(schemaFile)] : []),
  ];
  const verdict = isCurrent
    ? `Valid and up to date: ${rules}, ${counted(lockfile?.images.length ?? 0, 'image')} locked.`
    : stale.length + missing.length > 0
      ? 'Out of date.'
      : clashes.length > 0
        ? 'Not valid: two mirrors publish at one site.'
        : errors.every(({ code }) => code === 'check/vulnerabilities')
          ? 'Not valid: there are new vulnerabilities.'
          : 'Not valid: the source does not know all changed digests, or could not be asked.';
  const asked =
    digests === undefined ? [] : [`Asked the source by HEAD for ${counted(digests.groups, 'changed group')}.`];
  const hasFailed = errors.some(({ code }) => !code.startsWith('check/'));
  return {
    exitCode: isCurrent ? ExitCode.done : hasFailed ? ExitCode.failed : ExitCode.stale,
    text: [verdict, ...asked, ...notes.map((note) => `Note: ${note}`)].join('\n'),
    json: { schema: 'mirrorlock/check/v1', current: isCurrent, problems, notes },
    problems,
    summary: (maxLength) => summarizeCheck({ isCurrent, problems, first, ...defined({ changes: told }) }, maxLength),
  };
}

const unfoldedNote =
  '`.gitattributes` does not fold rendered files in diffs yet: `mirrorlock render` adds a block, and the next update does.';

/** Editors complete by it, and nothing else reads it. */
function oldSchemaNote(path: string): string {
  return `\`${path}\` is that of another version of mirrorlock: \`mirrorlock render\` brings it up to date.`;
}

/** A mirror that an earlier version rendered stays valid: only the block in .gitattributes is missing. */
function isUnfolded({ path, before }: RenderChange): boolean {
  return path === gitattributesPath && !hasBlock(before);
}

/** What the source says of a change; undefined where there is none. */
async function askAbout(context: Context, config: Config, lockfile: Lockfile, against: string | undefined) {
  const base = await (await import('../session/proposed.ts')).baseOfChange(context, against);
  if (base === undefined) return undefined;
  const [{ checkDigests }, { checkEvidence }] = await Promise.all([
    import('../runs/check-digests.ts'),
    import('../runs/check-evidence.ts'),
  ]);
  const digests = await checkDigests(context, config, base.lockfile, lockfile);
  const { changes, errors, warnings } = await checkEvidence(context, config, base.lockfile, lockfile);
  return {
    groups: digests.groups,
    errors: [...digests.errors, ...errors],
    first: [...digests.first, ...warnings],
    changes,
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
