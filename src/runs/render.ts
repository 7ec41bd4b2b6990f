import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import { ifThere } from '../core/file-errors.ts';
import type { Problem } from '../core/problem.ts';
import { linkInside } from '../core/repository-files.ts';
import { isForgeError } from '../forge/errors.ts';
import type { Lockfile } from '../lock/types.ts';
import { prefixOf, renderChanges, sparingOthers } from '../render/changes.ts';
import { renderCiFiles } from '../render/ci/ci-files.ts';
import { ciPathsIn, topFolders } from '../render/ci/providers.ts';
import { fromTop, isAbove, readFiles, readFolder, readShared, templatesFrom } from '../render/files.ts';
import { gitattributesChange, gitattributesPath } from '../render/gitattributes.ts';
import { registriesConfPath, renderRegistriesConf } from '../render/registries-conf.ts';
import { renderSyncFiles, syncFolder } from '../render/sync-file.ts';
import type { MirrorPlace, RenderChange } from '../render/types.ts';
import type { Context } from '../session/context.ts';
import { mirrorPlace } from '../session/mirror-repository.ts';

/** The schema beside mirrors.yaml that editors complete it by: its path in this tool's package, and in a mirror repository. */
export const schemaFile = 'schema/mirrors.schema.json';

/** What rendering changes in a schema that `init` wrote and an earlier version made; nothing where there is none. */
async function schemaChange({ packageDirectory }: Context, directory: string): Promise<RenderChange[]> {
  const before = await readShared(directory, schemaFile);
  if (before === undefined) return [];
  const after = await readFile(join(packageDirectory, schemaFile), 'utf8');
  // Somebody's own schema of the same name stays.
  const isOurs = before.includes(`"$id": ${JSON.stringify(JSON.parse(after).$id)}`);
  return before === after || !isOurs ? [] : [{ path: schemaFile, before, after }];
}

/**
 * What rendering would change of the mirror at a place.
 *
 * @throws UserError `render/not-ours` where people wrote a file in its place, or it belongs to another mirror; and as
 *   `renderCiFiles` does
 */
export async function pendingChanges(
  context: Context,
  config: Config,
  lockfile: Lockfile,
  place: MirrorPlace,
): Promise<readonly RenderChange[]> {
  const { directory, prefix } = place;
  const templates = templatesFrom(directory, join(context.packageDirectory, 'templates'));
  const rendered = [
    ...(await renderSyncFiles(lockfile, config.source, templates)),
    ...renderRegistriesConf(config.source),
    ...(await renderCiFiles(config, templates, prefix)),
  ];
  const files = new Map(rendered);
  const paths: string[] = [];
  for (const path of ciPathsIn(prefix)) if (files.has(path) || !(await isOfOthers(place, path))) paths.push(path);
  const onDisk = [
    ...(await readFolder(directory, syncFolder)),
    ...(await readFiles(place, [registriesConfPath, ...paths])),
  ];
  const attributes = gitattributesChange(await readShared(directory, gitattributesPath));
  const schema = await schemaChange(context, directory);
  return [...attributes, ...schema, ...sparingOthers(renderChanges(files, new Map(onDisk), prefix), prefix)];
}

/** Whether a path at the top is behind a symbolic link, which is no matter of a mirror in a folder that renders nothing there. */
async function isOfOthers({ top, prefix }: MirrorPlace, path: string): Promise<boolean> {
  return isAbove(path) && (await linkInside(top, join(top, fromTop(prefix, path)))) !== undefined;
}

/**
 * Where the mirror is in its git repository; at the top where no git repository holds it.
 *
 * @throws UserError `git/foreign-repository` and as `runGit` does, where there is a CI to render
 */
export async function renderPlace(context: Context, { ci }: Pick<Config, 'ci'>): Promise<MirrorPlace> {
  const { directory } = context;
  return mirrorPlace(context).catch((error: unknown) => {
    // Without git there is no folder of a git repository to be in.
    if (ci !== undefined && !isForgeError(error, 'git')) throw error;
    context.signal.throwIfAborted();
    return { directory, top: directory, prefix: '' };
  });
}

/**
 * CI files at the top of the git repository that were rendered for a mirror that is not there any more, a warning each:
 * a forge still runs them.
 *
 * @throws UserError as RepositoryFiles (src/core/repository-files.ts) with `render/…`
 */
export async function orphanedCi({ top, prefix }: MirrorPlace): Promise<Problem[]> {
  const own = new Set(ciPathsIn(prefix).map((path) => fromTop(prefix, path)));
  const found: Problem[] = [];
  for (const folder of topFolders) {
    for (const [path, text] of await readFiles(top, await mirrorlockFiles(top, folder))) {
      const other = own.has(path) ? undefined : prefixOf(text);
      if (other === undefined || (await isMirror(join(top, other)))) continue;
      const message = `A CI file was rendered for ${other}mirrors.yaml, which does not exist.`;
      const hint = 'Remove it: the forge still runs it. `mirrorlock render` has no part in it any more.';
      found.push({ code: 'render/orphaned-ci', severity: 'warning', message, place: { file: path }, hint });
    }
  }
  return found;
}

/** The files in a folder at the top that have the name of a rendered one. Nothing behind a link, which no forge follows. */
async function mirrorlockFiles(top: string, folder: string): Promise<string[]> {
  if ((await linkInside(top, join(top, folder))) !== undefined) return [];
  const entries = (await ifThere(() => readdir(join(top, folder), { withFileTypes: true }))) ?? [];
  const files = entries.filter((entry) => entry.isFile() && /^mirrorlock[-.].*\.yml$/s.test(entry.name));
  return files.map(({ name }) => `${folder}/${name}`).sort();
}

async function isMirror(folder: string): Promise<boolean> {
  return (await ifThere(() => lstat(join(folder, 'mirrors.yaml')))) !== undefined;
}
