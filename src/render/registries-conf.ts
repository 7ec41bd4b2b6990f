import { stringify } from 'smol-toml';
import type { RegistryNamespace, Source } from '../config/types.ts';
import { namespacePath } from '../core/names.ts';
import { generatedMark, type RenderedFiles } from './types.ts';

/** Where plain skopeo finds the alternates. */
export const registriesConfPath = 'sync/registries.conf';

const head = `${generatedMark} from mirrors.yaml. Do not edit: \`mirrorlock render\` makes it anew.
# skopeo --registries-conf ${registriesConfPath} sync … asks these places by digest, one after another, and the source last.
# \`mirrorlock apply\` does so without this file.
`;

/**
 * Renders the source's alternates for those who run skopeo themselves: mirrors that are asked by digest only, in their
 * order, and the source after them (containers-registries.conf(5), "Remapping and mirroring registries"). No file where
 * there are none. Credentials stand in no such file.
 */
export function renderRegistriesConf({ alternates, ...source }: Source): RenderedFiles {
  if (alternates.length === 0) return new Map();
  const mirror = alternates.map((alternate) => ({ ...place(alternate), 'pull-from-mirror': 'digest-only' }));
  const registry = [{ prefix: location(source), ...place(source), mirror }];
  return new Map([[registriesConfPath, `${head}\n${stringify({ registry })}`]]);
}

function place(at: RegistryNamespace) {
  return { location: location(at), ...(at.registry.insecure ? { insecure: true } : {}) };
}

function location({ registry, namespace }: RegistryNamespace): string {
  return namespacePath(registry.host, namespace);
}
