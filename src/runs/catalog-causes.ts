import { join } from 'node:path';
import { openKept } from '../apply/source/disk-store.ts';
import type { HistoryBuilder, VersionChange } from '../catalog/history.ts';
import { type KeptFacts, keptFacts } from '../catalog/kept.ts';
import { whyOf } from '../catalog/why.ts';
import { platformsKept } from '../config/platforms.ts';
import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { noProgress } from '../core/progress.ts';
import { type EvidencePorts, type IndexPorts, readEvidence } from '../evidence/read.ts';
import { stepsBetween } from '../evidence/steps.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { sourceDigestsOf } from './evidence.ts';
import { gitPorts, gitSeries } from './upstream-git.ts';

/** Says why tags changed in versions that a builder was given, in their order. */
export type Explain = (builder: HistoryBuilder, changes: readonly VersionChange[]) => Promise<void>;

/**
 * Opens what the cache folder has of causes: upstream's git, and manifests that were kept. Asks nobody and changes nothing;
 * undefined where the cache does not have the upstream commit of the lockfile.
 */
export async function openCauses(context: Context, config: Config, newest: Lockfile): Promise<Explain | undefined> {
  // Hundreds of short readings are no lines of progress.
  const silent = { ...context, progress: noProgress };
  const one = await gitPorts(silent, config, newest, true);
  const known = await attempt(() => one.images(newest.upstream.commit, new Set()));
  if (!known.ok) return undefined;
  const series = gitSeries(silent, config, one);
  const platformsOf = (image: ImageName) => platformsKept(config, image)?.platforms;
  const read = await openKept(manifestsOf(context));
  return async (builder, changes) => {
    const git = await series(wantedOf(changes));
    for (const change of changes) {
      const { before, after, diff } = change;
      const ports: EvidencePorts = { git, index: keptIndexes(read, change) };
      const steps = stepsBetween(before, after);
      const commits = {
        after: after.upstream.commit,
        ...(isKnownCommit(before) && { before: before.upstream.commit }),
      };
      const options = { commits, platformsOf, ...defined({ signal: context.signal }) };
      const evidence = await readEvidence(steps, ports, options);
      builder.explain(change, whyOf(evidence, diff, after));
    }
  };
}

/** The upstream commits of changes, the oldest first, and of each the images whose files are compared. */
function wantedOf(changes: readonly VersionChange[]): Map<string, Set<ImageName>> {
  const wanted = new Map<string, Set<ImageName>>();
  for (const { before, after } of changes) {
    const images = stepsBetween(before, after).map(({ image }) => image);
    for (const { upstream } of [before, after].filter(isKnownCommit)) {
      const own = wanted.get(upstream.commit) ?? new Set();
      wanted.set(upstream.commit, own);
      for (const image of images) own.add(image);
    }
  }
  return wanted;
}

function isKnownCommit({ upstream }: Lockfile): boolean {
  return upstream.commit !== '';
}

type ReadKept = Awaited<ReturnType<typeof openKept>>;

function manifestsOf({ cacheDirectory }: Context): string {
  return join(cacheDirectory, 'manifests');
}

/** The manifests that updates and applies left in the cache folder. */
function keptIndexes(read: ReadKept, { before, after }: VersionChange): IndexPorts {
  const oldDigests = sourceDigestsOf(before);
  const newDigests = sourceDigestsOf(after);
  const one = async (digests: readonly Digest[]) => (digests[0] === undefined ? undefined : read(digests[0]));
  return {
    sourceDigest: (image, digest) => newDigests(image, digest)[0] ?? digest,
    source: (_, digest) => read(digest),
    destination: (image, digest) => one(oldDigests(image, digest)),
    usedUp: 'catalog/never',
    hasRoomFor: async () => true,
    cost: () => ({ pulls: 0, allowed: 0 }),
  };
}

/** What the manifests in the cache folder say of the groups of a lockfile, by their digest. What cannot be read says nothing. */
export async function readKeptFacts(context: Context, lockfile: Lockfile): Promise<Map<Digest, KeptFacts>> {
  const read = await openKept(manifestsOf(context));
  const found = new Map<Digest, KeptFacts>();
  const sourceDigests = sourceDigestsOf(lockfile);
  for (const image of lockfile.images) {
    for (const { digest } of lockedGroups(image)) {
      const [own] = sourceDigests(image.image, digest);
      const index = own === undefined ? undefined : await read(own);
      if (index === undefined) continue;
      const facts = await attempt(() => keptFacts(image.image, index, read));
      if (facts.ok) found.set(digest, facts.value);
    }
  }
  return found;
}
