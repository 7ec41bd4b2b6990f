import * as v from 'valibot';
import { parsedJson } from '../core/json.ts';
import type { Digest } from '../core/names.ts';
import { platformText } from '../core/platform.ts';
import { dictionaryOf, lenient, objectOf, shapeOf } from '../core/shape.ts';
import { type IndexChild, isIndex, parseIndexLeniently } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import { toChild } from '../resolve/children.ts';
import { noPlatform } from '../resolve/types.ts';
import { type AnnotatedChild, tellsBuild } from './builds.ts';

/**
 * The images in an index with their annotations; of a single manifest, itself. Where the index does not say how a child was
 * built, as one that was rewritten does not, the child's own manifest may: see `read`.
 *
 * @param read reads the manifest of a child; absent: manifests are not read, since that would cost
 * @throws UserError as `parseIndexLeniently` and `read` do
 */
export async function annotatedChildren(
  manifest: Manifest,
  read?: (digest: Digest) => Promise<Manifest | undefined>,
): Promise<AnnotatedChild[]> {
  if (!isIndex(manifest.mediaType)) return [{ platform: noPlatform, annotations: annotationsOf(manifest.bytes) }];
  const children = parseIndexLeniently(manifest.bytes).children.filter(isImage);
  return Promise.all(
    children.map(async ({ digest, platform, annotations: texts, notText }): Promise<AnnotatedChild> => {
      const annotations = { ...texts, ...notText };
      const own = read === undefined || tellsBuild(annotations) ? undefined : await read(digest);
      return {
        platform: platform === undefined ? noPlatform : platformText(platform),
        digest,
        annotations: own === undefined ? annotations : { ...annotationsOf(own.bytes), ...annotations },
      };
    }),
  );
}

/** Neither an attestation, nor what says by its platform that it is no image. */
function isImage(child: IndexChild): boolean {
  return toChild(child).attests === undefined && child.platform?.os !== 'unknown';
}

const annotatedShape = objectOf({ annotations: lenient(dictionaryOf(v.unknown())) });

/** What a manifest says of itself (OCI image spec, manifest.md); nothing where it is something else. */
function annotationsOf(bytes: Uint8Array): AnnotatedChild['annotations'] {
  return shapeOf(annotatedShape, parsedJson(bytes))?.annotations ?? {};
}
