import type { Digest, ImageName } from '../core/names.ts';
import { readBuilds } from '../evidence/builds.ts';
import { annotatedChildren } from '../evidence/index-children.ts';
import { isIndex, parseManifest } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import { noPlatform } from '../resolve/types.ts';

/** What manifests that were kept say of a group; what they do not say is absent. */
export interface KeptFacts {
  /** Sorted as the index has them; those that the lockfile chose, where it chooses. */
  readonly platforms?: readonly string[];
  /** The day on which the newest platform was built, such as `2026-01-05`. */
  readonly built?: string;
  /** Compressed bytes of the images whose manifests were kept, by platform. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Reads what is kept of a group.
 *
 * @param index upstream's index or single manifest
 * @param read gives a manifest that was kept; asks nobody
 * @throws UserError as `parseIndex` and `parseManifest` do
 */
export async function keptFacts(
  image: ImageName,
  index: Manifest,
  read: (digest: Digest) => Promise<Manifest | undefined>,
): Promise<KeptFacts> {
  const children = await annotatedChildren(index);
  const { builds } = readBuilds(image, index.digest, children, undefined);
  const times = builds.flatMap(({ created }) => created ?? []).sort();
  const sizes = new Map<string, number>();
  for (const { platform, digest } of children) {
    const own = digest === undefined ? index : await read(digest);
    if (own === undefined || isIndex(own.mediaType)) continue;
    const { config, layers } = parseManifest(own.bytes);
    sizes.set(
      platform,
      [config, ...layers].reduce((sum, { size }) => sum + size, 0),
    );
  }
  const built = times.at(-1)?.slice(0, 10);
  const isList = isIndex(index.mediaType);
  return {
    sizes,
    ...(isList
      ? { platforms: [...new Set(children.map(({ platform }) => platform))].filter((one) => one !== noPlatform) }
      : {}),
    ...(built === undefined ? {} : { built }),
  };
}
