import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltRepository } from '../images/types.ts';

/** What stands in a docker-registry's storage (distribution, registry/storage/paths.go), whether or not it runs. */
export interface Stored {
  /** What the tags of a repository point at. A tag that is being written this moment may be left out. */
  tags(repository: string): ReadonlyMap<string, string>;
  hasManifest(repository: string, digest: string): boolean;
  /** Whether the repository has a blob, whole. */
  hasBlob(repository: string, digest: string): boolean;
}

/** Reads the storage of a registry by its files. */
export function readStored(storage: string): Stored {
  const root = join(storage, 'docker/registry/v2');
  const home = (repository: string) => join(root, 'repositories', repository);
  const path = (digest: string) => digest.replace(':', '/');
  const data = (digest: string) => {
    const hex = digest.slice('sha256:'.length);
    return join(root, 'blobs/sha256', hex.slice(0, 2), hex, 'data');
  };
  const isFilled = (file: string) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
  // Links are written again with each put, and are empty for a moment then; data is not.
  return {
    tags(repository) {
      const folder = join(home(repository), '_manifests/tags');
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const links = names.map((tag) => [tag, readIfThere(join(folder, tag, 'current/link'))] as const);
      return new Map(links.filter(([, digest]) => digest !== ''));
    },
    hasManifest: (repository, digest) =>
      existsSync(join(home(repository), '_manifests/revisions', path(digest), 'link')) && isFilled(data(digest)),
    hasBlob: (repository, digest) =>
      existsSync(join(home(repository), '_layers', path(digest), 'link')) && isFilled(data(digest)),
  };
}

function readIfThere(file: string): string {
  return statSync(file, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(file, 'utf8');
}

/** What a repository lacks of a manifest and all that it names; empty when it is wholly there. */
export function missing(stored: Stored, built: BuiltRepository, digest: string): string[] {
  const { repository } = built;
  const manifest = [...built.manifests.values()].find((candidate) => candidate.digest === digest);
  if (manifest === undefined) return [`an unknown manifest ${digest}`];
  const blobs = manifest.blobs.filter((blob) => !stored.hasBlob(repository, blob)).map((blob) => `the blob ${blob}`);
  const own = stored.hasManifest(repository, digest) ? [] : [`the manifest ${digest}`];
  return [...own, ...blobs, ...manifest.children.flatMap((child) => missing(stored, built, child))];
}
