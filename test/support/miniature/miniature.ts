import { groupsOf } from '../../../src/upstream/groups.ts';
import { readManifest } from '../../../src/upstream/manifest.ts';
import type { Build, Group } from '../../../src/upstream/types.ts';
import { buildAttestation } from '../images/attestation.ts';
import { type LayerContent, layerFrom } from '../images/content.ts';
import { docker, oci } from '../images/media-types.ts';
import { indexPlatform } from '../images/platform.ts';
import { type Descriptor, RepositoryBuilder } from '../images/repository-builder.ts';
import type { BuiltRepository } from '../images/types.ts';
import { layersBelow } from './bases.ts';

const sharedBytes = 4096;
const ownBytes = 1024;

/**
 * Builds the images that library files announce, each build with its attestation, small, and with digests that follow
 * from what upstream says each is built from: an entry that did not change has the same bytes from day to day.
 */
export function miniature(name: string, text: string): BuiltRepository {
  const builder = new RepositoryBuilder(`library/${name}`);
  const entries = readManifest(text);
  const words = new Map(
    entries.map(({ tags, origin }) => [tags[0] ?? '', [...tags, origin.entry.build.directory].join(' ')]),
  );
  const children = new Map<string, readonly Descriptor[]>();
  const childOf = (build: Build): readonly Descriptor[] => {
    const key = [build.platform, build.source, build.tags[0]].join(' ');
    const known = children.get(key) ?? buildChild(builder, name, words.get(build.tags[0] ?? '') ?? '', build);
    children.set(key, known);
    return known;
  };
  for (const group of groupsOf(entries, { builds: true })) putGroup(builder, group, childOf);
  return builder;
}

function putGroup(builder: RepositoryBuilder, group: Group, childOf: (build: Build) => readonly Descriptor[]): void {
  const { digest } = builder.index(oci.index, (group.builds ?? []).flatMap(childOf));
  for (const tag of group.tags) builder.tags.set(tag, digest);
}

function buildChild(builder: RepositoryBuilder, image: string, words: string, build: Build): readonly Descriptor[] {
  const platform = indexPlatform(build.platform, build.tags[0] ?? '', 0);
  const types = platform.os === 'windows' ? docker : oci;
  const seed = [image, build.platform, build.source, build.tags[0]].join(' ');
  const below = layersBelow(image, words).map((layer) => sharedLayer(`${layer} ${build.platform}`));
  const layers = [...below, layerFrom(seed, ownBytes)];
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = builder.blob(types.config, Buffer.from(JSON.stringify({ ...platform, config: {}, rootfs })));
  const child = builder.manifest(
    types.manifest,
    config,
    layers.map(({ bytes }) => builder.blob(types.layer, bytes)),
  );
  const attested = types === oci ? [buildAttestation(builder, seed, child.digest)] : [];
  return [{ ...child, platform }, ...attested];
}

const sharedLayers = new Map<string, LayerContent>();

function sharedLayer(seed: string): LayerContent {
  const layer = sharedLayers.get(seed) ?? layerFrom(seed, sharedBytes);
  sharedLayers.set(seed, layer);
  return layer;
}
