import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import type { Lockfile } from '../lock/types.ts';
import { renderChanges, sparingOthers } from '../render/changes.ts';
import { renderCiFiles } from '../render/ci/ci-files.ts';
import { ciPaths } from '../render/ci/providers.ts';
import { readFiles, readFolder, templatesFrom } from '../render/files.ts';
import { registriesConfPath, renderRegistriesConf } from '../render/registries-conf.ts';
import { renderSyncFiles, syncFolder } from '../render/sync-file.ts';
import type { RenderChange } from '../render/types.ts';
import type { Context } from '../session/context.ts';

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
