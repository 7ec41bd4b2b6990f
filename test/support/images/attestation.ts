import type { Digest } from '../../../src/core/names.ts';
import { bytesFrom } from './content.ts';
import { oci } from './media-types.ts';
import type { Descriptor, RepositoryBuilder } from './repository-builder.ts';

const predicate = 'https://slsa.dev/provenance/v0.2';

/** Adds an attestation of `subject` as BuildKit writes it (moby/buildkit, docs/attestations/attestation-storage.md). */
export function buildAttestation(builder: RepositoryBuilder, seed: string, subject: Digest): Descriptor {
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: predicate,
    subject: [{ name: 'image', digest: { sha256: subject.slice('sha256:'.length) } }],
    predicate: {
      buildType: 'https://mobyproject.org/buildkit@v1',
      invocation: bytesFrom(seed, 256).toString('base64'),
    },
  };
  const layer = builder.blob('application/vnd.in-toto+json', Buffer.from(JSON.stringify(statement)));
  const diffIds = { type: 'layers', diff_ids: [layer.digest] };
  const config = { architecture: 'unknown', os: 'unknown', config: {}, rootfs: diffIds };
  const configBlob = builder.blob(oci.config, Buffer.from(JSON.stringify(config)));
  const annotated = { ...layer, annotations: { 'in-toto.io/predicate-type': predicate } };
  return {
    ...builder.manifest(oci.manifest, configBlob, [annotated]),
    annotations: { 'vnd.docker.reference.digest': subject, 'vnd.docker.reference.type': 'attestation-manifest' },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
}
