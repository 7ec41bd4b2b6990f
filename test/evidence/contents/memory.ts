import type { Digest } from '../../../src/core/names.ts';
import { problemError } from '../../../src/core/problem.ts';
import type { ContentsPlace } from '../../../src/evidence/contents/ports.ts';
import type { BuiltRepository } from '../../support/images/types.ts';

/** A place in memory, and what it was asked for. */
export interface MemoryPlace extends ContentsPlace {
  readonly manifests: Digest[];
  readonly blobs: Digest[];
}

/** Has what repositories have. */
export function memoryPlace(...repositories: readonly BuiltRepository[]): MemoryPlace {
  const asked = { manifests: [] as Digest[], blobs: [] as Digest[] };
  return {
    ...asked,
    async manifest(_image, digest) {
      asked.manifests.push(digest);
      return repositories.map(({ manifests }) => manifests.get(digest)).find((one) => one !== undefined);
    },
    async *blob(_image, { digest }) {
      asked.blobs.push(digest);
      const bytes = repositories.map(({ blobs }) => blobs.get(digest)).find((one) => one !== undefined);
      if (bytes === undefined) throw problemError('test/no-blob', 'The blob is not there.', digest);
      yield bytes.subarray(0, 10);
      yield bytes.subarray(10);
    },
  };
}
