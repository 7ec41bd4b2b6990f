import type { Source } from '../config/types.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { type LockedImage, type Lockfile, lockedGroups } from '../lock/types.ts';
import { compileTemplate, type Template } from './engine.ts';
import { checkSyncFile } from './read-back.ts';
import type { RenderedFiles, TemplateSource } from './types.ts';

/** The folder of rendered sync files in a mirror repository. */
export const syncFolder = 'sync';
const templateName = 'sync/image.yaml.hbs';

/**
 * Renders sync/IMAGE.yaml for each image that has a locked digest: valid for plain `skopeo sync --src yaml`, digests
 * with their tags as comments. Each is read back and compared with what the lockfile says, whatever the template.
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
  const groups = lockedGroups(image);
  const { host, insecure } = source.registry;
  const text = template.render({ file: path, registry: host, insecure, repository, groups });
  checkSyncFile(path, templateName, text, { host, repository, digests: groups.map(({ digest }) => digest) });
  return [path, text];
}
