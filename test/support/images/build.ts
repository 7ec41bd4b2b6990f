import { buildAttestation } from './attestation.ts';
import { layerFrom } from './content.ts';
import { docker, type MediaTypes, oci } from './media-types.ts';
import { membersOf } from './members.ts';
import { indexPlatform } from './platform.ts';
import { type Descriptor, RepositoryBuilder } from './repository-builder.ts';
import type { BuildOptions, BuiltRepository, GroupSpec, ImageSpec } from './types.ts';

/**
 * Builds small images the way official images look on the Hub: an index a group, with a manifest and an attestation for
 * each platform, a base layer that the groups of an image share, and shared tags as an index over the same children.
 * Equal inputs give equal bytes. Throws when a group of shared tags has no members.
 */
export function buildImages(images: readonly ImageSpec[], options: BuildOptions = {}): readonly BuiltRepository[] {
  return images.map((image) => buildImage(image, options));
}

/** Builds one image, as {@link buildImages} does. */
export function buildImage(image: ImageSpec, options: BuildOptions = {}): BuiltRepository {
  const builder = new RepositoryBuilder(image.repository);
  const children = image.groups.map((group) =>
    group.shared || !isPublished(group)
      ? []
      : group.platforms.flatMap((platform) => buildPlatform(builder, { image, group, platform, options })),
  );
  for (const [index, group] of image.groups.entries()) {
    const members = group.shared ? membersOf(image, index) : [index];
    if (!isPublished(group) || !members.some((member) => isPublished(image.groups[member]))) continue;
    const own = members.flatMap((member) => children[member] ?? []);
    const { digest } = buildTop(builder, group, own);
    for (const tag of group.tags) builder.tags.set(tag, digest);
  }
  return builder;
}

function isPublished(group: GroupSpec | undefined): boolean {
  return group?.published ?? true;
}

/** The index of a group, or its one manifest where it has no index. */
function buildTop(builder: RepositoryBuilder, group: GroupSpec, children: readonly Descriptor[]): Descriptor {
  const [first] = children;
  if (first === undefined) throw new Error(`The group of ${group.tags[0]} has no platform.`);
  if (hasIndex(group)) return builder.index(mediaTypes(group).index, children);
  return first;
}

interface PlatformBuild {
  readonly image: ImageSpec;
  readonly group: GroupSpec;
  readonly platform: string;
  readonly options: BuildOptions;
}

/** The manifest of one platform, and its attestation, as an index lists them. */
function buildPlatform(builder: RepositoryBuilder, build: PlatformBuild): readonly Descriptor[] {
  const { group, options } = build;
  const { baseSeed, topSeed } = seedsOf(build);
  const platform = indexPlatform(
    build.platform,
    group.tags[0] ?? '',
    (build.image.rebuild ?? 0) + (group.rebuild ?? 0),
  );
  const types = platform.os === 'windows' ? docker : mediaTypes(group);

  const contents = [layerFrom(baseSeed, options.baseBytes ?? 4096), layerFrom(topSeed, options.topBytes ?? 2048)];
  const diffIds = contents.map((content) => content.diffId);
  const config = { ...platform, config: { Env: ['PATH=/usr/bin'] }, rootfs: { type: 'layers', diff_ids: diffIds } };
  const layers = contents.map((content) => builder.blob(types.layer, content.bytes));
  const configBlob = builder.blob(types.config, Buffer.from(JSON.stringify(config)));
  const child = builder.manifest(types.manifest, configBlob, layers);

  const attested = (options.attestations ?? true) && types === oci && hasIndex(group);
  return [{ ...child, platform }, ...(attested ? [buildAttestation(builder, topSeed, child.digest)] : [])];
}

function seedsOf({ image, group, platform, options }: PlatformBuild): { baseSeed: string; topSeed: string } {
  const base = [options.seed ?? '', image.repository, platform, image.rebuild ?? 0];
  const top = [...base, group.tags[0], group.rebuild ?? 0];
  return { baseSeed: JSON.stringify(base), topSeed: JSON.stringify(top) };
}

function hasIndex(group: GroupSpec): boolean {
  return group.form !== 'docker-manifest' && group.form !== 'oci-manifest';
}

function mediaTypes(group: GroupSpec): MediaTypes {
  return group.form === 'docker-list' || group.form === 'docker-manifest' ? docker : oci;
}
