import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { Source } from '../config/types.ts';
import { problemError } from '../core/problem.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { type LockedImage, type Lockfile, lockedGroups } from '../lock/types.ts';
import { compileTemplate, type Template } from './engine.ts';
import type { RenderedFiles, TemplateSource } from './types.ts';

/** The folder of rendered sync files in a mirror repository. */
export const syncFolder = 'sync';
const templateName = 'sync/image.yaml.hbs';
/** Keys of a registry in skopeo's sync YAML that a template may add: none of them names another image. */
const harmlessKeys = ['cert-dir', 'tls-verify'];

/**
 * Renders sync/IMAGE.yaml for each image that has a locked digest: valid for plain `skopeo sync --src yaml`, digests
 * with their tags as comments. Each is parsed back and compared with what the lockfile says, whatever the template.
 *
 * @throws UserError `render/template`, `render/not-yaml`, `render/differs`
 */
export function renderSyncFiles(lockfile: Lockfile, source: Source, templates: TemplateSource): RenderedFiles {
  const template = compileTemplate(templateName, templates(templateName));
  const images = lockfile.images.filter((image) => lockedGroups(image).length > 0);
  return new Map(images.map((image) => renderImage(image, source, template)));
}

function renderImage(image: LockedImage, source: Source, template: Template): [string, string] {
  const path = `${syncFolder}/${image.image}.yaml`;
  const repository = repositoryPath(source.namespace, image.image);
  const groups = lockedGroups(image);
  const { host, insecure } = source.registry;
  const text = template.render({ file: path, registry: host, insecure, repository, groups });
  assertSame(path, text, { host, repository, digests: groups.map(({ digest }) => digest) });
  return [path, text];
}

function assertSame(path: string, text: string, want: { host: string; repository: string; digests: string[] }): void {
  const root = parseYaml(path, text);
  const registry = isRecord(root) ? root[want.host] : undefined;
  const { images, ...rest } = isRecord(registry) ? registry : {};
  const same =
    isDeepStrictEqual(images, { [want.repository]: want.digests }) &&
    isRecord(root) &&
    Object.keys(root).length === 1 &&
    Object.keys(rest).every((key) => harmlessKeys.includes(key));
  if (same) return;
  const hint = 'The template must name the registry, the repository and every digest, and nothing else.';
  throw problemError(
    'render/differs',
    `What ${templateName} rendered does not say what the lockfile says.`,
    path,
    hint,
  );
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw problemError(
      'render/not-yaml',
      `What ${templateName} rendered is not YAML: ${(error as Error).message}`,
      path,
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
