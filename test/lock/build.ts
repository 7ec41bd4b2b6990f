import { createHash } from 'node:crypto';
import type { Config, Rule } from '../../src/config/types.ts';
import { type Digest, parseDigest, parseImageName, parseTag, type Tag } from '../../src/core/names.ts';
import { assembleLockfile } from '../../src/lock/assemble.ts';
import type { LockEntry, LockedImage, Lockfile } from '../../src/lock/types.ts';
import type { Wants } from '../../src/lock/wants.ts';
import type { ResolvedGroup, ResolvedImage } from '../../src/resolve/types.ts';

/** A digest by a short name, so that tests can speak of digests `a` and `b`. */
export function digest(name: string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(name).digest('hex')}`);
}

/** Tags of a line, separated by spaces. */
export function tags(line: string): Tag[] {
  return line.split(' ').map(parseTag);
}

/** A locked group: `locked('a', '12.1 12')`. */
export function locked(name: string, line: string): LockEntry {
  return { digest: digest(name), tags: tags(line) };
}

export function pending(line: string): LockEntry {
  return { pending: tags(line) };
}

export function lockedImage(name: string, ...entries: readonly LockEntry[]): LockedImage {
  return { image: parseImageName(name), entries };
}

export const upstream = { repository: 'https://git.example/official-images.git', commit: `${'c0ffee'.repeat(6)}c0ff` };
export const configHash: string = digest('the configuration');

export function lockfile(...images: readonly LockedImage[]): Lockfile {
  return { configHash, upstream, images };
}

/** A group as resolve gives it: `group('12.1 12', 'a')`; without a digest it is not published. */
export function group(line: string, name?: string, wanted: string = line): ResolvedGroup {
  return {
    wanted: tags(wanted),
    group: { tags: tags(line), platforms: ['linux/amd64'], shared: false },
    digest: name === undefined ? undefined : digest(name),
  };
}

export function resolvedImage(name: string, ...groups: readonly ResolvedGroup[]): ResolvedImage {
  return { image: parseImageName(name), groups };
}

/** Assembles a lockfile of groups, the lockfile before it, and refused images. */
export function assemble(
  resolved: readonly ResolvedImage[],
  previous?: Lockfile,
  refused: readonly string[] = [],
  wants: Wants = () => true,
): Lockfile {
  return assembleLockfile(resolved, { configHash, upstream, previous, refused: new Set(refused), wants });
}

/** A configuration of rules that a lockfile of {@link lockfile} was made from, unless `changes` tells otherwise. */
export function configuration(
  rules: { include: readonly Rule[]; exclude?: readonly Rule[] },
  changes: Partial<Config> = {},
): Config {
  return {
    file: 'mirrors.yaml',
    upstream: { repository: upstream.repository, ref: 'master' },
    source: { registry: { host: 'docker.io', insecure: false }, namespace: 'library', alternates: [] },
    destinations: [],
    exclude: [],
    dropped: 'keep',
    contentHash: configHash,
    warnings: [],
    ...rules,
    ...changes,
  };
}
