import { layerFrom } from './content.ts';
import { docker, type MediaTypes, oci } from './media-types.ts';
import { type Descriptor, RepositoryBuilder } from './repository-builder.ts';
import type { BuiltRepository } from './types.ts';

/** The media types of layers that were not to be passed on (distribution, manifest-v2-2.md; OCI image spec, layer.md). */
export const foreignTypes = {
  docker: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  oci: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
} as const;

export interface ForeignImage {
  readonly family: 'docker' | 'oci';
  /** What the descriptors of the base layer and of the config have in addition. */
  readonly base?: { readonly mediaType?: string; readonly urls?: readonly string[] };
  readonly config?: { readonly urls?: readonly string[] };
}

/**
 * An index as Windows images of old had it: a linux child, and a windows child whose base layer the registry does not
 * have. Its only tag is `tag`.
 */
export function buildForeignImage(repository: string, tag: string, spec: ForeignImage): BuiltRepository {
  const builder = new RepositoryBuilder(repository);
  const types = spec.family === 'docker' ? docker : oci;
  const linux = buildChild(builder, types, `${tag} linux`, {});
  const windows = buildChild(builder, types, `${tag} windows`, spec);
  const [, base] = builder.manifests.get(windows.digest)?.blobs ?? [];
  if (base !== undefined) builder.blobs.delete(base);
  const { digest } = builder.index(types.index, [
    { ...linux, platform: { os: 'linux', architecture: 'amd64' } },
    { ...windows, platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.14393.2189' } },
  ]);
  builder.tags.set(tag, digest);
  return builder;
}

function buildChild(
  builder: RepositoryBuilder,
  types: MediaTypes,
  seed: string,
  { base, config }: Partial<ForeignImage>,
): Descriptor {
  const layers = [layerFrom(`${seed} base`, 4096), layerFrom(`${seed} top`, 2048)];
  const [first, ...rest] = layers.map(({ bytes }) => builder.blob(types.layer, bytes)) as [Descriptor, Descriptor];
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const os = seed.endsWith('windows') ? 'windows' : 'linux';
  const told = builder.blob(
    types.config,
    Buffer.from(JSON.stringify({ os, architecture: 'amd64', config: {}, rootfs })),
  );
  return builder.manifest(types.manifest, { ...told, ...config }, [{ ...first, ...base }, ...rest]);
}
