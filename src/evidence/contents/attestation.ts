import { isRecord, parsedJson } from '../../core/json.ts';
import type { Digest } from '../../core/names.ts';
import type { ContentDescriptor } from '../../registry/manifest-types.ts';
import type { BlobRef } from '../../registry/types.ts';

/** The type of an in-toto statement (in-toto, spec/v1/bundle.md; BuildKit, docs/attestations/attestation-storage.md). */
const statementType = 'application/vnd.in-toto+json';
/** On the layer of a statement: the type of its predicate. */
const predicateAnnotation = 'in-toto.io/predicate-type';

export const spdxPredicate = 'https://spdx.dev/Document';
export const provenancePredicates: readonly string[] = [
  'https://slsa.dev/provenance/v0.2',
  'https://slsa.dev/provenance/v1',
];

/** A layer of an attestation manifest. Whatever stands among its annotations. */
export interface AnnotatedLayer extends ContentDescriptor {
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** The layers that claim to be a statement with one of these predicates, in their order. */
export function statementLayers(
  layers: readonly AnnotatedLayer[],
  predicates: readonly string[],
): (BlobRef & { readonly predicate: string })[] {
  return layers.flatMap(({ mediaType, digest, size, annotations }) => {
    const predicate = annotations[predicateAnnotation];
    const isWanted = mediaType === statementType && typeof predicate === 'string' && predicates.includes(predicate);
    return isWanted ? [{ digest, size, predicate }] : [];
  });
}

/** The largest attestation that is read: the SBOM of an official image has some 4 MB, the largest some 30. */
export const mostAttestationBytes = 64 * 1024 * 1024;

/** What a statement says of its subject, or why it cannot be used. */
type Statement = { readonly predicate: unknown } | { readonly fault: string };

/**
 * Reads an in-toto statement (in-toto, spec/v0.1 and v1, statement.md) that has to be about `subject`.
 *
 * @param predicateType the type that the manifest announces
 */
export function readStatement(bytes: Uint8Array, predicateType: string, subject: Digest): Statement {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return { fault: 'it is compressed by gzip, and not plain JSON' };
  const json = parsedJson(bytes);
  if (!isRecord(json)) return { fault: 'it is not a JSON object' };
  if (typeof json['_type'] !== 'string' || !json['_type'].startsWith('https://in-toto.io/Statement/')) {
    return { fault: 'it is not an in-toto statement' };
  }
  if (json['predicateType'] !== predicateType) return { fault: `its predicate is not ${predicateType}` };
  const subjects = Array.isArray(json['subject']) ? json['subject'] : [];
  const isSubject = (one: unknown) =>
    isRecord(one) && isRecord(one['digest']) && `sha256:${String(one['digest']['sha256'])}` === subject;
  if (!subjects.some(isSubject)) return { fault: 'it is about another image' };
  return { predicate: json['predicate'] };
}
