import type { Source } from '../config/types.ts';
import type { Digest } from '../core/names.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { isRewritten, type LockedGroup, type LockedImage, type Lockfile, lockedGroups } from '../lock/types.ts';
import { compileTemplate, type Template } from './engine.ts';
import { checkSyncFile } from './read-back.ts';
import { registriesConfPath } from './registries-conf.ts';
import type { RenderedFiles, TemplateSource } from './types.ts';

/** The folder of rendered sync files in a mirror repository. */
export const syncFolder = 'sync';
const templateName = 'sync/image.yaml.hbs';

/**
 * Renders sync/IMAGE.yaml for each image that has a locked digest: valid for plain `skopeo sync --src yaml`, digests
 * (of rewritten indexes those of their children) with their tags as comments. Each is read back and compared with what the lockfile says, whatever the template.
 *
 * @throws UserError `render/template`, `render/not-yaml`, `render/differs`, `render/unmarked`
 */
export async function renderSyncFiles(
  lockfile: Lockfile,
  source: Source,
  templates: TemplateSource,
): Promise<RenderedFiles> {
  const template = compileTemplate(templateName, await templates(templateName));
  const images = lockfile.images.filter((image) => lockedGroups(image).length > 0);
  return new Map(images.map((image) => renderImage(image, source, template)));
}

function renderImage(image: LockedImage, source: Source, template: Template): [string, string] {
  const path = `${syncFolder}/${image.image}.yaml`;
  const repository = repositoryPath(source.namespace, image.image);
  const groups = syncGroups(lockedGroups(image));
  const { host, insecure } = source.registry;
  const registriesConf = source.alternates.length > 0 && registriesConfPath;
  const text = template.render({ file: path, registry: host, insecure, registriesConf, repository, groups });
  checkSyncFile(path, templateName, text, { host, repository, digests: digestsOf(groups) });
  return [path, text];
}

/** Of a rewritten index, which the source does not have, the children stand for it; each digest stands once in a file. */
function syncGroups(groups: readonly LockedGroup[]) {
  const seen = new Set<Digest>();
  return groups.map(({ digest, tags, index }) => {
    const rewritten = isRewritten({ digest, ...(index && { index }) });
    const all = rewritten ? (index?.children ?? []).map((child) => child.digest) : [digest];
    const copies = [...new Set(all)].filter((one) => !seen.has(one)).map((one) => ({ digest: one }));
    for (const copy of copies) seen.add(copy.digest);
    return { digest, tags, rewritten, copies };
  });
}

function digestsOf(groups: ReturnType<typeof syncGroups>): Digest[] {
  return groups.flatMap(({ copies }) => copies.map(({ digest }) => digest));
}
