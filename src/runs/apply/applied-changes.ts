import type { Changes } from '../../changes/changes.ts';
import type { Config } from '../../config/types.ts';
import { groupBy } from '../../core/group-by.ts';
import type { ImageName } from '../../core/names.ts';
import { lockfileName } from '../../lock/file.ts';
import { parseLockfile } from '../../lock/parse.ts';
import { isPending, type LockEntry, type LockedImage, type Lockfile } from '../../lock/types.ts';
import { listMarks } from '../../session/applied.ts';
import type { Context } from '../../session/context.ts';
import { openLockVersions } from '../../session/lock-versions.ts';
import { showAtRevision } from '../../session/mirror-repository.ts';
import { knownChanges } from '../kept-evidence.ts';
import type { Applied } from './destinations.ts';

/** What an apply brought to its destinations, in words, and since when. */
export interface AppliedChanges {
  /** The mark of the state that was served before; without one, the commit of the lockfile that was merged before. */
  readonly since: string;
  readonly changes: Changes;
}

interface AppliedLockfile {
  /** All of it that the rules want. */
  readonly lockfile: Lockfile;
  /** The images that the run was about. */
  readonly images: readonly LockedImage[];
  /** Whether these are all of them. */
  readonly isFull: boolean;
  /** Whether it is that of another revision than what is checked out. */
  readonly isEarlier: boolean;
}

/**
 * Says what an apply brought, compared with the lockfile that was served before. Groups that failed or wait are not told.
 * `undefined` where nothing was put, or no earlier state is known. Nobody is asked.
 *
 * @throws UserError as `listMarks` and `parseLockfile` do
 */
export async function appliedChanges(
  context: Context,
  config: Config,
  applied: readonly Applied[],
  { lockfile, images, isFull, isEarlier }: AppliedLockfile,
): Promise<AppliedChanges | undefined> {
  if (applied.every(({ result }) => result.copied + result.tagged === 0)) return undefined;
  const names = applied.map(({ destination }) => destination.name);
  const served = await servedBefore(context, names, lockfile, isEarlier);
  if (served === undefined) return undefined;
  const wanted = new Set(images.map(({ image }) => image));
  const before = isFull ? served.lockfile.images : served.lockfile.images.filter(({ image }) => wanted.has(image));
  const left = applied.flatMap(({ result }) => [...result.failures, ...result.waiting]);
  const changes = await knownChanges(context, config, {
    before: { ...served.lockfile, images: before },
    after: { ...lockfile, images: withoutGroups(before, images, left) },
  });
  return changes.diff.images.length === 0 ? undefined : { since: served.name, changes };
}

interface Served {
  readonly name: string;
  readonly lockfile: Lockfile;
}

/** The state of the newest mark of these destinations; where there is none, the merged lockfile before this one. */
async function servedBefore(
  context: Context,
  names: readonly string[],
  lockfile: Lockfile,
  isEarlier: boolean,
): Promise<Served | undefined> {
  const opened = await openLockVersions(context);
  if (opened === undefined) return undefined;
  const marks = await listMarks(context);
  const mark =
    marks.find(({ destinations }) => names.every((name) => destinations.includes(name))) ??
    marks.find(({ destinations }) => names.some((name) => destinations.includes(name)));
  if (mark !== undefined) {
    const text = await showAtRevision(context, mark.commit, lockfileName);
    return text === undefined ? undefined : readServed(mark.name, text);
  }
  const own = JSON.stringify(lockfile.images);
  for await (const [{ commit }, text] of opened.read(opened.versions)) {
    const read = text === undefined ? undefined : readServed(commit.slice(0, 12), text);
    if (read !== undefined && (isEarlier || JSON.stringify(read.lockfile.images) !== own)) return read;
  }
  return undefined;
}

function readServed(name: string, text: string): Served {
  return { name, lockfile: parseLockfile(text, `${name}:${lockfileName}`) };
}

/**
 * Images as they are where some of their new groups were not put: the tags of these are where they were before. Pure.
 *
 * @param left the groups that were not put
 */
export function withoutGroups(
  before: readonly LockedImage[],
  after: readonly LockedImage[],
  left: readonly { readonly image: ImageName; readonly digest: string }[],
): LockedImage[] {
  const leftOf = groupBy(left, ({ image }) => image);
  const oldOf = new Map(before.map((image) => [image.image, image]));
  return after.flatMap((image) => {
    const digests = new Set((leftOf.get(image.image) ?? []).map(({ digest }) => digest));
    if (digests.size === 0) return [image];
    const isLeft = (entry: LockEntry) => !isPending(entry) && digests.has(entry.digest);
    const absent = new Set(image.entries.filter(isLeft).flatMap((entry) => (isPending(entry) ? [] : entry.tags)));
    const put = image.entries.filter((entry) => !isLeft(entry));
    const held = new Set(put.flatMap((entry) => (isPending(entry) ? [] : entry.tags)));
    const kept = (oldOf.get(image.image)?.entries ?? []).flatMap((entry): LockEntry[] => {
      if (isPending(entry) || !entry.tags.some((tag) => absent.has(tag))) return [];
      return [{ ...entry, tags: entry.tags.filter((tag) => !held.has(tag)) }];
    });
    const entries = [...put, ...kept];
    return entries.length === 0 ? [] : [{ ...image, entries }];
  });
}
