import * as v from 'valibot';
import type { Digest } from '../core/names.ts';
import { platformText } from '../core/platform.ts';
import { dictionaryOf, lenient, objectOf, shapeOf } from '../core/shape.ts';
import { type IndexChild, isIndex, parseIndex } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import { toChild } from '../resolve/children.ts';
import { noPlatform } from '../resolve/types.ts';
import { type AnnotatedChild, tellsBuild } from './builds.ts';

/**
 * The images in an index with their annotations; of a single manifest, itself. Where the index does not say how a child was
 * built, as one that was rewritten does not, the child's own manifest may: see `read`.
 *
 * @param read reads the manifest of a child; absent: manifests are not read, since that would cost
 * @throws UserError as `parseIndex` and `read` do
 */
export async function annotatedChildren(
  manifest: Manifest,
  read?: (digest: Digest) => Promise<Manifest | undefined>,
): Promise<AnnotatedChild[]> {
  if (!isIndex(manifest.mediaType)) return [{ platform: noPlatform, annotations: annotationsOf(manifest.bytes) }];
  const children = parseIndex(manifest.bytes).children.filter(isImage);
  return Promise.all(
    children.map(async ({ digest, platform, annotations }): Promise<AnnotatedChild> => {
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

const mostAnnotations = 100;
const annotatedShape = objectOf({
  annotations: lenient(v.pipe(dictionaryOf(v.string()), v.maxEntries(mostAnnotations))),
});

/** What a manifest says of itself (OCI image spec, manifest.md); nothing where it is something else. */
function annotationsOf(bytes: Uint8Array): Readonly<Record<string, string>> {
  try {
    return shapeOf(annotatedShape, JSON.parse(new TextDecoder().decode(bytes)))?.annotations ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
