import type { Sources } from '../apply/source/reader.ts';
import { unlimitedPulls } from '../apply/types.ts';
import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { type Digest, type ImageName, repositoryPath, type Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { isRewritten, type LockedGroup, type Lockfile, lockedGroups, tagDigests } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import type { EarlierLockfiles } from '../session/earlier.ts';
import { type OpenSources, openSourcesOf } from '../session/source-session.ts';

/** A group with the tags that have another digest than before. */
export interface Changed {
  readonly image: ImageName;
  readonly group: LockedGroup;
  readonly tags: readonly Tag[];
  /** The digests that the image had before. */
  readonly before: ReadonlySet<Digest>;
}

/** A group that could not be asked for. */
export interface Failed {
  readonly one: Changed;
  readonly problem: Problem;
}

/** What is to be said of the digests of a change. A rollback may be `elsewhere` or unknown too. */
interface JudgedChange {
  /** How many groups were asked for. */
  readonly groups: number;
  /** What nobody knows. */
  readonly unknown: readonly Changed[];
  /** What an earlier merged lockfile had, and a later one replaced. */
  readonly rollback: readonly Changed[];
  /** What the tags do not have at the source now. */
  readonly elsewhere: readonly Changed[];
  readonly isKnown: readonly Changed[];
  readonly failed: readonly Failed[];
}

/**
 * Asks the source by HEAD for the tags that differ from an earlier lockfile, it and its alternates for the digests that
 * these tags do not have there, and the merged lockfiles for digests that come back. No pull counts.
 */
export async function judgeChange(
  context: Context,
  config: Config,
  base: Lockfile | undefined,
  lockfile: Lockfile,
  earlier: EarlierLockfiles,
): Promise<JudgedChange> {
  const changed = changedGroups(base, lockfile);
  const candidates = await earlier.replaced(changed.flatMap((one) => (isNew(one) ? [one.group.digest] : [])));
  const sources = openSourcesOf(context, config.source, unlimitedPulls);
  try {
    const judged = await Promise.all(
      changed.map(async (one) => ({ one, verdict: await attempt(() => judge(one, config, sources, earlier)) })),
    );
    const of = (isWanted: (verdict: Verdict) => boolean) =>
      judged.flatMap(({ one, verdict }) => (verdict.ok && isWanted(verdict.value) ? [one] : []));
    const rollback = await Promise.all(
      changed.map(async (one) => {
        const { digest } = one.group;
        return isNew(one) && candidates.has(digest) && (await earlier.names(one.image, digest)) ? [one] : [];
      }),
    );
    const isRollback = new Set(rollback.flat());
    return {
      groups: changed.length,
      unknown: of((verdict) => verdict === 'unknown'),
      rollback: [...isRollback],
      elsewhere: of((verdict) => verdict === 'elsewhere').filter((one) => !isRollback.has(one)),
      isKnown: of((verdict) => verdict !== 'unknown'),
      failed: judged.flatMap(({ one, verdict }) => (verdict.ok ? [] : [{ one, problem: verdict.problem }])),
    };
  } finally {
    await sources.close();
  }
}

type Verdict = 'current' | 'elsewhere' | 'unknown';

function isNew({ group, before }: Changed): boolean {
  return !before.has(group.digest);
}

/** The groups of which a tag has another digest than before. Pure. */
function changedGroups(base: Lockfile | undefined, lockfile: Lockfile): Changed[] {
  const images = new Map((base?.images ?? []).map((image) => [image.image, tagDigests(image)]));
  return lockfile.images.flatMap((image) => {
    const old: ReadonlyMap<Tag, Digest> = images.get(image.image) ?? new Map();
    const before = new Set(old.values());
    return lockedGroups(image).flatMap((group) => {
      const tags = group.tags.filter((tag) => old.get(tag) !== group.digest);
      return tags.length === 0 ? [] : [{ image: image.image, group, tags, before }];
    });
  });
}

async function judge(
  { image, group, tags }: Changed,
  { source }: Config,
  sources: Pick<OpenSources, 'client'> & Pick<Sources, 'knows'>,
  earlier: EarlierLockfiles,
): Promise<Verdict> {
  const { digest, index } = group;
  const isOwn = index !== undefined && isRewritten(group);
  const origins = isOwn ? index.sources : [digest];
  const repository = repositoryPath(source.namespace, image);
  const seen = await Promise.all(tags.map(async (tag) => (await sources.client.head(repository, tag))?.digest));
  const isCurrent = seen.every((one) => one !== undefined && origins.includes(one));
  const needed = [...origins.filter((one) => !seen.includes(one)), ...(isOwn ? index.children : []).map(toDigest)];
  const known = await Promise.all(needed.map((one) => sources.knows(image, one)));
  const isKnown = !known.includes(false);
  if (isKnown && isCurrent) return 'current';
  return isKnown || (await earlier.vouches(image, digest)) ? 'elsewhere' : 'unknown';
}

const toDigest = ({ digest }: { readonly digest: Digest }) => digest;
