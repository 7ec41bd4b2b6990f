import { createHash } from 'node:crypto';
import type { Config, Rule } from '../../src/config/types.ts';
import { type Digest, parseDigest, parseImageName, parseTag, type Tag } from '../../src/core/names.ts';
import { assembleLockfile } from '../../src/lock/assemble.ts';
import type { LockEntry, LockedImage, Lockfile } from '../../src/lock/types.ts';
import type { IsWanted } from '../../src/lock/wanted-tags.ts';
import { indexDigest } from '../../src/resolve/children.ts';
import type { Child, KeptIndex, ResolvedGroup, ResolvedImage } from '../../src/resolve/types.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

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

/** What is kept of an index, a child and its attestation for each platform: `kept('b', 'linux/amd64')`. */
export function kept(source: string, ...platforms: readonly string[]): KeptIndex {
  const children = platforms.flatMap((text): Child[] => {
    const [os = '', architecture = '', variant] = text.split('/');
    const image = digest(`${source} ${text}`);
    const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    return [
      { digest: image, size: 1024, mediaType: manifestType, platform },
      {
        digest: digest(`${source} ${text} attested`),
        size: 840,
        mediaType: manifestType,
        attests: { digest: image, type: 'attestation-manifest' },
      },
    ];
  });
  return { sources: [digest(source)], without: [], children };
}

/** A group with a rewritten index. */
export function rewritten(line: string, index: KeptIndex): LockEntry {
  return { digest: indexDigest(index.children), tags: tags(line), index };
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
  wants: IsWanted = () => true,
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
    update: {
      branch: 'mirrorlock/update',
      labels: [],
      reviewers: [],
      assignees: [],
      draft: false,
      commit: { signOff: false },
    },
    review: { evidence: 'git', share: 0.2, platform: 'linux/amd64' },
    destinations: [],
    exclude: [],
    publicVariables: [],
    dropped: 'keep',
    contentHash: configHash,
    warnings: [],
    ...rules,
    ...changes,
  };
}
