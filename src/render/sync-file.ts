import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import type { Source } from '../config/types.ts';
import { isRecord } from '../core/json.ts';
import { type Digest, repositoryPath } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import { isRewritten, type LockedGroup, type LockedImage, type Lockfile, lockedGroups } from '../lock/types.ts';
import { compileTemplate, type Template } from './engine.ts';
import { plainTree } from './plain-tree.ts';
import { registriesConfPath } from './registries-conf.ts';
import { generatedMark, type RenderedFiles, type TemplateSource } from './types.ts';

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

/** What a sync file has to say. */
interface SyncContent {
  readonly host: string;
  readonly repository: string;
  readonly digests: readonly string[];
}

/** Keys of a registry in skopeo's sync YAML that a template may add: none of them names another image, or a secret. */
const harmlessKeys = ['cert-dir', 'tls-verify'];
/** skopeo reads YAML 1.1, others 1.2. */
const versions = ['1.1', '1.2'] as const;

/**
 * Reads back what a template made, as every reader of YAML would, and compares it with what it has to say.
 *
 * @throws UserError `render/not-yaml`, `render/differs`, `render/unmarked`
 */
function checkSyncFile(path: string, template: string, text: string, want: SyncContent): void {
  if (!text.startsWith(generatedMark)) {
    const message = `What ${template} renders has to begin with \`${generatedMark}\`: only such files are removed when their image goes.`;
    throw problemError('render/unmarked', message, path);
  }
  if (versions.every((version) => says(parseYaml(path, template, text, version), want))) return;
  const hint = 'The template must name the registry, the repository and every digest, and nothing else.';
  throw problemError('render/differs', `What ${template} renders does not say what the lockfile says.`, path, hint);
}

function says(root: unknown, { host, repository, digests }: SyncContent): boolean {
  if (!isRecord(root) || !isDeepStrictEqual(Object.keys(root), [host])) return false;
  const registry = root[host];
  if (!isRecord(registry)) return false;
  const { images, ...rest } = registry;
  return (
    isDeepStrictEqual(images, { [repository]: digests }) && Object.keys(rest).every((key) => harmlessKeys.includes(key))
  );
}

function parseYaml(path: string, template: string, text: string, version: (typeof versions)[number]): unknown {
  const document = parseDocument(text, { version, prettyErrors: false, logLevel: 'error' });
  const [found] = [...document.errors, ...document.warnings];
  const { value, fault } = found === undefined ? plainTree(document) : { fault: found.message };
  if (fault === undefined) return value;
  throw problemError('render/not-yaml', `What ${template} renders is not YAML: ${fault}.`, path);
}
