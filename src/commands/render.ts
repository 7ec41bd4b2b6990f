import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Lockfile } from '../lock/types.ts';
import { changesPatch, renderChanges, sparingOthers } from '../render/changes.ts';
import { renderCiFiles } from '../render/ci/ci-files.ts';
import { ciPaths } from '../render/ci/providers.ts';
import { readFiles, readFolder, templatesFrom, writeChanges } from '../render/files.ts';
import { registriesConfPath, renderRegistriesConf } from '../render/registries-conf.ts';
import { renderSyncFiles, syncFolder } from '../render/sync-file.ts';
import type { RenderChange } from '../render/types.ts';
import type { Context, Outcome } from './context.ts';
import { openConfig, openLockfile } from './workspace.ts';

/** Renders the lockfile and alternates into sync/, and the files of the CI; with `check` it writes nothing, shows the difference, and exits with 3 if there is one. */
export async function render(context: Context, { check }: { check: boolean }): Promise<Outcome> {
  const config = await openConfig(context);
  const changes = await pendingChanges(context, config, await openLockfile(context));
  if (!check) await writeChanges(context.directory, changes);
  const listed = changes.map(({ path, before, after }) => ({ path, change: changeWord(before, after) }));
  return {
    exitCode: check && changes.length > 0 ? ExitCode.stale : ExitCode.done,
    text: renderText(changes, check),
    json: { schema: 'mirrorlock/render/v1', changed: changes.length > 0, written: !check, files: listed },
    problems: config.warnings,
  };
}

/** What rendering would change in the mirror repository. @throws UserError `render/not-ours` where people wrote a file in its place */
export async function pendingChanges(
  context: Context,
  config: Config,
  lockfile: Lockfile,
): Promise<readonly RenderChange[]> {
  const templates = templatesFrom(context.directory, join(context.packageDirectory, 'templates'));
  const rendered = [
    ...(await renderSyncFiles(lockfile, config.source, templates)),
    ...renderRegistriesConf(config.source),
    ...(await renderCiFiles(config, templates)),
  ];
  const { directory } = context;
  const onDisk = [
    ...(await readFolder(directory, syncFolder)),
    ...(await readFiles(directory, [registriesConfPath, ...ciPaths])),
  ];
  return sparingOthers(renderChanges(new Map(rendered), new Map(onDisk)));
}

function renderText(changes: readonly RenderChange[], check: boolean): string {
  if (changes.length === 0) return 'The rendered files are up to date.';
  if (check) return `${changesPatch(changes)}${changes.length} rendered files are out of date.`;
  return changes.map(({ path, before, after }) => `${changeWord(before, after)} ${path}`).join('\n');
}

function changeWord(before: string | undefined, after: string | undefined): 'added' | 'removed' | 'changed' {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}
