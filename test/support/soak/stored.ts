import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuiltRepository } from '../images/types.ts';

/** What stands in a docker-registry's storage (distribution, registry/storage/paths.go), whether or not it runs. */
export interface Stored {
  /** What the tags of a repository point at. A tag that is being written this moment may be left out. */
  tags(repository: string): ReadonlyMap<string, string>;
  hasManifest(repository: string, digest: string): boolean;
  /** Whether the repository has a blob, whole. */
  hasBlob(repository: string, digest: string): boolean;
  /** Whether the bytes that stand for a digest are other ones. */
  isDamaged(digest: string): boolean;
}

/**
 * Reads the storage of a registry by its files. Links are written again with each put, and are empty for a moment then:
 * only of one that is at `rest` are they read.
 */
export function readStored(storage: string, { rest = false } = {}): Stored {
  const root = join(storage, 'docker/registry/v2');
  const home = (repository: string) => join(root, 'repositories', repository);
  const path = (digest: string) => digest.replace(':', '/');
  const data = (digest: string) => {
    const hex = digest.slice('sha256:'.length);
    return join(root, 'blobs/sha256', hex.slice(0, 2), hex, 'data');
  };
  const right = new Set<string>();
  // Nothing writes over what stands for a digest: what was right stays so.
  const isRight = (digest: string): boolean => {
    if (right.has(digest)) return true;
    const bytes = readIfThere(data(digest));
    const is = bytes !== undefined && `sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest;
    if (is) right.add(digest);
    return is;
  };
  const leads = (link: string, digest: string): boolean => {
    const text = readIfThere(link)?.toString();
    return rest ? text === digest : text !== undefined;
  };
  return {
    tags(repository) {
      const folder = join(home(repository), '_manifests/tags');
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const links = names.map((tag) => [tag, `${readIfThere(join(folder, tag, 'current/link')) ?? ''}`] as const);
      return new Map(links.filter(([, digest]) => digest !== ''));
    },
    hasManifest: (repository, digest) =>
      leads(join(home(repository), '_manifests/revisions', path(digest), 'link'), digest) && isRight(digest),
    hasBlob: (repository, digest) =>
      leads(join(home(repository), '_layers', path(digest), 'link'), digest) && isRight(digest),
    isDamaged: (digest) => existsSync(data(digest)) && !isRight(digest),
  };
}

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
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

/** A manifest and those below it. */
export function treeOf(built: BuiltRepository, digest: string): string[] {
  const manifest = [...built.manifests.values()].find((candidate) => candidate.digest === digest);
  return [digest, ...(manifest?.children ?? []).flatMap((child) => treeOf(built, child))];
}
