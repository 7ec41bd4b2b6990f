import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import { isForgeError } from '../forge/errors.ts';
import type { Lockfile } from '../lock/types.ts';
import { renderChanges, sparingOthers } from '../render/changes.ts';
import { renderCiFiles } from '../render/ci/ci-files.ts';
import { ciPaths } from '../render/ci/providers.ts';
import { readFiles, readFolder, readShared, templatesFrom } from '../render/files.ts';
import { gitattributesChange, gitattributesPath } from '../render/gitattributes.ts';
import { registriesConfPath, renderRegistriesConf } from '../render/registries-conf.ts';
import { renderSyncFiles, syncFolder } from '../render/sync-file.ts';
import type { RenderChange } from '../render/types.ts';
import type { Context } from '../session/context.ts';
import { mirrorPrefix } from '../session/mirror-repository.ts';

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
  const attributes = gitattributesChange(await readShared(directory, gitattributesPath));
  return [...attributes, ...sparingOthers(renderChanges(new Map(rendered), new Map(onDisk)))];
}

/** That a forge runs no CI file of this mirror, since it looks for them at the top of the git repository only. */
export async function unseenCi(context: Context, { ci }: Pick<Config, 'ci'>): Promise<Problem[]> {
  if (ci === undefined || ci.provider === 'kubernetes') return [];
  const prefix = await mirrorPrefix(context).catch((error: unknown) => {
    // Without git there is no folder of a git repository to be in.
    if (isForgeError(error, 'git')) return '';
    throw error;
  });
  if (prefix === '') return [];
  const [forge, folder] = ci.provider === 'github' ? ['GitHub', '.github/workflows'] : ['GitLab', '.gitlab'];
  const message = `${forge} does not run CI files below a folder of the git repository: nothing here updates or applies this mirror.`;
  const hint = `Copy ${prefix}${folder}/ to ${folder}/ at the top and run each command there with \`-C ${prefix.slice(0, -1)}\`, or give the mirror a git repository of its own; then leave out \`ci\`, or keep the files in step.`;
  return [{ code: 'render/ci-in-folder', severity: 'warning', message, place: ci.place, value: prefix, hint }];
}
