import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../../../src/core/names.ts';
import type { BuiltRepository } from './types.ts';

/**
 * Writes repositories into the storage folder of a docker-registry, in its own layout (distribution,
 * registry/storage/paths.go). Much faster than pushing; a registry that runs on the folder serves them at once. What is
 * there stays, and a tag that is there moves.
 */
export function writeRegistryStorage(storage: string, repositories: readonly BuiltRepository[]): void {
  const root = join(storage, 'docker/registry/v2');
  for (const repository of repositories) writeRepository(root, repository);
}

function writeRepository(root: string, { repository, blobs, manifests, tags }: BuiltRepository): void {
  const home = join(root, 'repositories', repository);
  for (const [digest, bytes] of blobs) {
    writeBlob(root, digest, bytes);
    writeOnce(join(home, '_layers', digestPath(digest), 'link'), digest);
  }
  for (const [digest, { bytes }] of manifests) {
    writeBlob(root, digest, bytes);
    writeOnce(join(home, '_manifests/revisions', digestPath(digest), 'link'), digest);
  }
  for (const [tag, digest] of tags) {
    writeOnce(join(home, '_manifests/tags', tag, 'index', digestPath(digest), 'link'), digest);
    write(join(home, '_manifests/tags', tag, 'current/link'), digest);
  }
}

function writeBlob(root: string, digest: Digest, bytes: Buffer): void {
  const hex = digest.slice('sha256:'.length);
  writeOnce(join(root, 'blobs/sha256', hex.slice(0, 2), hex, 'data'), bytes);
}

/** For what follows from its own path. */
function writeOnce(path: string, content: string | Buffer): void {
  if (!existsSync(path)) write(path, content);
}

function digestPath(digest: Digest): string {
  return digest.replace(':', '/');
}

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
