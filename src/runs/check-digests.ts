import type { Sources } from '../apply/source/reader.ts';
import { unlimitedPulls } from '../apply/types.ts';
import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { byCause } from '../core/causes.ts';
import { type Digest, type ImageName, repositoryPath, type Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { counted, someOf } from '../core/words.ts';
import { isRewritten, type LockedGroup, type Lockfile, lockedGroups, tagDigests } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { type EarlierLockfiles, earlierLockfiles } from '../session/merged.ts';
import { type OpenSources, openSourcesOf } from '../session/source-session.ts';

/** What the source says of the digests of a change. */
export interface CheckedDigests {
  /** How many groups it was asked for. */
  readonly groups: number;
  /** Digests that nobody knows, and what could not be asked. */
  readonly errors: readonly Problem[];
  /** What a reviewer does well to look at first. */
  readonly first: readonly Problem[];
}

/** A group with the tags that have another digest than before. */
interface Changed {
  readonly image: ImageName;
  readonly group: LockedGroup;
  readonly tags: readonly Tag[];
  /** The digests that the image had before. */
  readonly before: ReadonlySet<Digest>;
}

type Verdict = 'current' | 'elsewhere' | 'rollback' | 'unknown';

/**
 * Asks the source by HEAD for the tags that differ from an earlier lockfile, and it and its alternates for the digests that
 * these tags do not have there. No pull counts.
 */
export async function checkDigests(
  context: Context,
  config: Config,
  base: Lockfile | undefined,
  lockfile: Lockfile,
): Promise<CheckedDigests> {
  const changed = changedGroups(base, lockfile);
  const sources = openSourcesOf(context, config.source, unlimitedPulls);
  const earlier = earlierLockfiles(context, config, base ?? lockfile);
  try {
    const judged = await Promise.all(
      changed.map(async (one) => ({ one, verdict: await attempt(() => judge(one, config, sources, earlier)) })),
    );
    const of = (wanted: Verdict) => judged.flatMap(({ one, verdict: v }) => (v.ok && v.value === wanted ? [one] : []));
    const failed = judged.flatMap(({ one, verdict }) => (verdict.ok ? [] : [{ one, problem: verdict.problem }]));
    const isDenied = (problem: Problem) => mayLackLogin(config, problem);
    return {
      groups: changed.length,
      errors: [
        ...problemOf('error', 'unknown-digest', unknownText, of('unknown')),
        ...failures(failed.filter(({ problem }) => !isDenied(problem))),
      ],
      first: [
        ...problemOf('warning', 'rollback', rollbackText, of('rollback')),
        ...problemOf('warning', 'tag-elsewhere', elsewhereText, of('elsewhere')),
        ...failures(failed.filter(({ problem }) => isDenied(problem))).map(asWarning),
      ],
    };
  } finally {
    await sources.close();
  }
}

/** The groups of which a tag has another digest than before. Pure. */
export function changedGroups(base: Lockfile | undefined, lockfile: Lockfile): Changed[] {
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
  { image, group, tags, before }: Changed,
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
  if (await earlier.names(image, digest)) return before.has(digest) ? 'elsewhere' : 'rollback';
  return isKnown ? 'elsewhere' : 'unknown';
}

const toDigest = ({ digest }: { readonly digest: Digest }) => digest;

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: 'warning' });

/** A job that runs what a pull request sends has no login, where the source wants one: `apply` asks again. */
function mayLackLogin({ ci, source }: Config, { code }: Problem): boolean {
  const hasLogin = ci?.logins.some(({ registry }) => registry === source.registry.host) ?? false;
  return hasLogin && ['registry/unauthorized', 'registry/denied'].includes(code);
}

const unknownText = 'has a digest that neither the source nor an earlier merged lockfile knows';
const rollbackText = 'goes back to a digest that a later merged lockfile replaced';
const elsewhereText = 'has a digest that its tags do not have at the source now';

function problemOf(severity: Problem['severity'], code: string, text: string, changed: readonly Changed[]): Problem[] {
  if (changed.length === 0) return [];
  const names = changed.flatMap(({ image, tags }) => tags.map((tag) => `${image}:${tag}`));
  const subject = changed.length === 1 ? 'A changed group' : `Each of ${changed.length} changed groups`;
  const hint = severity === 'error' ? 'Run `mirrorlock lock`, which asks the source.' : 'Ask whoever changed it why.';
  return [{ code: `check/${code}`, severity, message: `${subject} ${text}.`, value: someOf(names), hint }];
}

function failures(failed: readonly { readonly one: Changed; readonly problem: Problem }[]): Problem[] {
  const about = ({ one, problem }: (typeof failed)[number]) => ({ problem, names: [one.image], tags: one.tags });
  return byCause(failed, about).map(({ problem, stopped }) => ({
    ...problem,
    message: `${counted(stopped.length, 'changed group')} could not be asked for: ${problem.message}`,
  }));
}
