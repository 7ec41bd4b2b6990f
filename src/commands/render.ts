import { ExitCode } from '../core/exit-code.ts';
import { changesPatch } from '../render/changes.ts';
import { ciNextSteps } from '../render/ci/needs.ts';
import { missingTool } from '../render/ci/tool.ts';
import { writeChanges } from '../render/files.ts';
import type { RenderChange } from '../render/types.ts';
import { orphanedCi, pendingChanges, renderPlace } from '../runs/render.ts';
import { sharedSites } from '../runs/shared-site.ts';
import { hasPullLimit } from '../runs/surprises.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openConfig, openLockfile } from '../session/workspace.ts';

/** Renders the lockfile and alternates into sync/, and the files of the CI; with `check` it writes nothing, shows the difference, and exits with 3 if there is one, or where the CI lacks its tool or publishes at another mirror's site. */
export async function render(context: Context, { check }: { check: boolean }): Promise<Outcome> {
  const config = await openConfig(context);
  const lockfile = await openLockfile(context);
  const place = await renderPlace(context, config);
  const changes = await pendingChanges(context, config, lockfile, place);
  if (!check) await writeChanges(place, changes);
  const patch = check && changes.length > 0 ? changesPatch(changes, place.prefix).replace(/\n$/, '') : undefined;
  const missing = config.ci?.tool === 'dependency' ? await missingTool(context.directory) : [];
  const shared = await sharedSites(context, config, place);
  const isAtFault = missing.length > 0 || shared.some(({ severity }) => severity === 'error');
  const listed = changes.map(({ path, before, after }) => ({ path, change: changeWord(before, after) }));
  const { ci, source } = config;
  const next = ci === undefined ? [] : ciNextSteps(ci, hasPullLimit(source), config);
  const isFirst = !check && changes.some(({ path }) => /(?:^|\/)(?:\.github|\.gitlab|kubernetes)\//.test(path));
  return {
    exitCode: isAtFault || (check && changes.length > 0) ? ExitCode.stale : ExitCode.done,
    text: [...renderLines(changes, patch), ...(isFirst ? nextText(next) : [])].join('\n'),
    ...(patch === undefined ? {} : { copied: { verbatim: [patch] } }),
    json: {
      schema: 'mirrorlock/render/v1',
      ...{ changed: changes.length > 0, written: !check, files: listed },
      ...(ci === undefined ? {} : { next }),
    },
    problems: [...missing, ...shared, ...config.warnings, ...(await orphanedCi(place))],
  };
}

function nextText(steps: readonly string[]): string[] {
  return ['Next:', ...steps.map((step, index) => `  ${index + 1}. ${step}`)];
}

function renderLines(changes: readonly RenderChange[], patch: string | undefined): string[] {
  if (changes.length === 0) return ['The rendered files are up to date.'];
  if (patch !== undefined) return [patch, `${changes.length} rendered files are out of date.`];
  return changes.map(({ path, before, after }) => `${changeWord(before, after)} ${path}`);
}

function changeWord(before: string | undefined, after: string | undefined): 'added' | 'removed' | 'changed' {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}
