import type { Digest } from '../../src/core/names.ts';
import { digestOf, layerFrom } from '../support/images/content.ts';
import { oci } from '../support/images/media-types.ts';
import { indexPlatform } from '../support/images/platform.ts';
import { type Descriptor, RepositoryBuilder } from '../support/images/repository-builder.ts';

const key = 'org.opencontainers.image';

/** One group as upstream's builders publish it. */
export interface AnnotatedGroup {
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  /** Another number is another build. */
  readonly build: number;
  /** Of each child; also in its manifest, as upstream has them. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** What upstream says of a child. */
export function annotationsOf(revision: string, created: string, base?: { name: string; digest: Digest }) {
  return {
    [`${key}.revision`]: revision,
    [`${key}.created`]: created,
    ...(base && { [`${key}.base.name`]: base.name, [`${key}.base.digest`]: base.digest }),
  };
}

/** An image whose indexes and manifests say how they were built. */
export function annotatedImage(name: string, groups: readonly AnnotatedGroup[]): RepositoryBuilder {
  const builder = new RepositoryBuilder(`library/${name}`);
  for (const { tags, platforms, build, annotations } of groups) {
    const children = platforms.map((text): Descriptor => {
      const platform = indexPlatform(text, tags[0] ?? '', build);
      const { bytes } = layerFrom(JSON.stringify([name, tags[0], text, build]), 512);
      const layer = builder.blob(oci.layer, bytes);
      const config = builder.blob(oci.config, Buffer.from(JSON.stringify({ ...platform, config: { build } })));
      const json = { schemaVersion: 2, mediaType: oci.manifest, config, layers: [layer], annotations };
      const manifest = Buffer.from(JSON.stringify(json));
      const digest = digestOf(manifest);
      const blobs = [config.digest, layer.digest];
      builder.manifests.set(digest, { digest, mediaType: oci.manifest, bytes: manifest, children: [], blobs });
      return { mediaType: oci.manifest, digest, size: manifest.length, platform, annotations };
    });
    const index = builder.index(oci.index, children);
    for (const tag of tags) builder.tags.set(tag, index.digest);
  }
  return builder;
}
