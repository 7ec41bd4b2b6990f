import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory.ts';

/** What was saved once: it never changes. */
export interface SavedCache {
  /** The ref of the run that saved it. */
  readonly ref: string;
  readonly key: string;
  /** A copy of the folder, as it was then. */
  readonly folder: string;
}

/** From where a job reads and writes. */
export interface CacheScope {
  /** Of the run: `refs/heads/main`, or for a pull request `refs/pull/1/merge`. */
  readonly ref: string;
  /** The branch that a pull request is for. */
  readonly baseRef?: string | undefined;
  readonly defaultRef: string;
}

/** The caches of a repository at GitHub. */
export interface CacheService {
  /** All that was saved, the oldest first. */
  readonly saved: readonly SavedCache[];
  /** Copies the newest that a run may read, by its whole key or else by the first prefix that one has, to `path`; gives its key. */
  restore(scope: CacheScope, path: string, keys: readonly string[]): string | undefined;
  /** Copies `path` under a key, if there is none of that key and something at the path. */
  save(scope: CacheScope, path: string, key: string): void;
}

/**
 * Keeps caches as GitHub does (documentation, "Dependency caching reference": matching a cache key, restrictions for
 * accessing a cache): a run writes for its own ref alone, and reads those of its ref, of the base branch and of the default
 * branch, in this order. One was saved for the path that it is restored to, or it is not found.
 *
 * @param options.most how many are kept of each path, the newest; GitHub has a limit of bytes
 */
export function startCacheService({ most = Number.POSITIVE_INFINITY } = {}): CacheService {
  const saved: (SavedCache & { path: string })[] = [];
  const newestFirst = (ref: string, path: string) =>
    saved.filter((one) => one.ref === ref && one.path === placeOf(path)).reverse();
  return {
    saved,
    restore({ ref, baseRef, defaultRef }, path, [key = '', ...prefixes]) {
      for (const readable of new Set([ref, baseRef ?? ref, defaultRef])) {
        const there = newestFirst(readable, path);
        const found = [
          there.find((one) => one.key === key),
          ...[key, ...prefixes].map((prefix) => there.find((one) => one.key.startsWith(prefix))),
        ].find((one) => one !== undefined);
        if (found === undefined) continue;
        cpSync(found.folder, path, { recursive: true, preserveTimestamps: true });
        return found.key;
      }
      return undefined;
    },
    save({ ref }, path, key) {
      if (!existsSync(path) || newestFirst(ref, path).some((one) => one.key === key)) return;
      const folder = join(temporaryDirectory().path, 'cache');
      cpSync(path, folder, { recursive: true, preserveTimestamps: true });
      saved.push({ ref, key, folder, path: placeOf(path) });
      const [oldest, ...others] = saved.filter((one) => one.path === placeOf(path));
      if (oldest === undefined || others.length < most) return;
      saved.splice(saved.indexOf(oldest), 1);
      rmSync(oldest.folder, { recursive: true, force: true });
    },
  };
}

/** Each job of the tests has folders of its own, where a machine of GitHub has the same each time. */
function placeOf(path: string): string {
  return /\/work\/_temp\/.*$/.exec(path)?.[0] ?? path;
}
