import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { problemError } from '../core/problem.ts';
import { generatedMark } from './mark.ts';
import { plainTree } from './plain-tree.ts';

/** What a sync file has to say. */
export interface SyncContent {
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
export function checkSyncFile(path: string, template: string, text: string, want: SyncContent): void {
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
