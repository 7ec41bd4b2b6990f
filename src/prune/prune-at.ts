import { attempt } from '../core/attempt.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { type Problem, problemError } from '../core/problem.ts';
import type { Manifest } from '../registry/types.ts';
import { byAge } from './dropped.ts';
import type { DeletedTag, DroppedTag, KeptTag, PrunePorts } from './types.ts';
import { type Usage, type User, usageOf } from './usage.ts';

export interface PruneWork {
  /** The tags that left long enough ago. */
  readonly dropped: readonly DroppedTag[];
  /** The most tags to delete. */
  readonly most: number;
  readonly wantedAt: WantedAt;
  readonly dryRun: boolean;
}

/** What was done at one destination. Tags that are not there any more stand nowhere. */
export interface Pruned {
  /** In a dry run: what would be tried. */
  readonly deleted: readonly DeletedTag[];
  readonly kept: readonly KeptTag[];
  /** Beyond the ceiling. */
  readonly waiting: readonly DroppedTag[];
  readonly failures: readonly { readonly tags: readonly DroppedTag[]; readonly problem: Problem }[];
}

/**
 * Deletes dropped tags at one destination: those that are there and still have the digest that the lockfile had. A tag is
 * deleted by itself where the registry can do that; else its digest, where nothing else there uses it.
 */
export async function pruneAt({ dropped, most, wantedAt, dryRun }: PruneWork, ports: PrunePorts): Promise<Pruned> {
  const { there, kept, listed, failures } = await lookAt(dropped, ports);
  const waiting: DroppedTag[] = [];
  const deleted: DeletedTag[] = [];
  const usageIn = remembered((image) => usageOf(image, listed.get(image) ?? [], ports));
  const remove: Remove = dryRun ? async () => ({ by: 'tag' }) : remover(ports, usageIn, wantedAt);

  /** Gives the groups that are to be tried later; `undefined` where nothing more is to be tried. */
  const removeAll = async (groups: readonly DroppedTag[][], isLast: boolean) => {
    const later: DroppedTag[][] = [];
    for (const group of groups) {
      if (deleted.length + group.length > most) {
        waiting.push(...group);
        continue;
      }
      const done = await attempt(() => remove(digestTags(group), isLast));
      if (!done.ok) failures.push({ tags: group, problem: done.problem });
      // What one repository of a registry does not allow, the others do not.
      if (!done.ok && stops.has(done.problem.code)) return undefined;
      if (!done.ok) continue;
      const removed = done.value;
      if ('by' in removed) deleted.push(...group.map((tag) => ({ ...tag, by: removed.by })));
      else if (removed.later) later.push(group);
      else kept.push(...group.map((tag) => ({ ...tag, reason: 'in-use' as const, by: removed.usedBy })));
    }
    return later;
  };

  // Some registries delete only digests: its tags are taken together. What is kept leaves room for others.
  const groups = [...groupBy([...there].sort(byAge), ({ image, digest }) => `${image}@${digest}`).values()];
  const later = await removeAll(groups, false);
  if (later !== undefined) await removeAll(later, true);
  return { deleted, kept, waiting, failures };
}

/** Problems after which nothing more is tried at a destination. */
const stops: ReadonlySet<string> = new Set(['prune/cannot-delete', 'prune/tag-takes-digest']);

function digestTags(group: readonly DroppedTag[]): DigestTags {
  const [first] = group;
  if (first === undefined) throw new Error('a group has no tag');
  return { image: first.image, digest: first.digest, tags: group.map(({ tag }) => tag) };
}

function remembered(make: (image: ImageName) => Usage): (image: ImageName) => Usage {
  const made = new Map<ImageName, Usage>();
  return (image) => {
    const usage = made.get(image) ?? make(image);
    made.set(image, usage);
    return usage;
  };
}

/** What of the dropped tags is there, and still as it was left. */
async function lookAt(dropped: readonly DroppedTag[], ports: PrunePorts) {
  const listed = new Map<ImageName, readonly string[]>();
  const there: DroppedTag[] = [];
  const kept: KeptTag[] = [];
  const failures: { tags: readonly DroppedTag[]; problem: Problem }[] = [];
  const ofImages = [...groupBy(dropped, ({ image }) => image)];
  await Promise.all(
    ofImages.map(async ([image, tags]) => {
      const looked = await attempt(async () => {
        const present = new Set((await ports.listTags(image)) ?? []);
        listed.set(image, [...present]);
        const found = tags.filter(({ tag }) => present.has(tag));
        return Promise.all(found.map(async (tag) => ({ tag, seen: await ports.head(image, tag.tag) })));
      });
      if (!looked.ok) return void failures.push({ tags, problem: looked.problem });
      for (const { tag, seen } of looked.value) {
        if (seen === tag.digest) there.push(tag);
        else if (seen !== undefined) kept.push({ ...tag, reason: 'moved' });
      }
    }),
  );
  return { there, kept, listed, failures };
}

/** Tags of one image and digest, at least one. */
interface DigestTags {
  readonly image: ImageName;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
}

/** How the tags were deleted, or what uses their digest; `later`: it may be that they can be deleted after others were. */
type Removed = { readonly by: DeletedTag['by'] } | { readonly usedBy: string; readonly later: boolean };

/** Removes the tags of one digest. `isLast`: nothing else will be tried before. */
type Remove = (group: DigestTags, isLast: boolean) => Promise<Removed>;

/** The tags that the lockfile names at a digest. */
type WantedAt = (image: ImageName, digest: Digest) => readonly Tag[];

/**
 * Removes tags at a destination. Whether its registry deletes a tag by itself is not known before it has done so once: some
 * delete the digest, with every tag on it. So the first deletions are of digests that nothing else uses. Where these teach
 * nothing, a digest that only locked tags use is tried last, since they can be put back, by apply too.
 *
 * @throws UserError `prune/cannot-delete`, `prune/tag-takes-digest`, and what the ports throw
 */
function remover(ports: PrunePorts, usageIn: (image: ImageName) => Usage, wantedAt: WantedAt): Remove {
  let deletes: 'not known' | 'tags' | 'digests' = 'not known';

  const tryTag = async (group: DigestTags, users: readonly User[], isLast: boolean): Promise<Removed | undefined> => {
    const { image, digest, tags } = group;
    const [user] = users;
    const locked = new Set<Tag | undefined>(wantedAt(image, digest));
    const mayPutBack = users.every(({ tag }) => locked.has(tag));
    const spare = user !== undefined && isLast && mayPutBack ? await ports.get(image, digest) : undefined;
    if (user !== undefined && spare === undefined) return { usedBy: user.name, later: !isLast };
    const [first = none(), ...rest] = tags;
    if ((await ports.remove(image, first)) === 'unsupported') return undefined;
    const witness = user?.tag ?? rest[0] ?? digest;
    if ((await ports.head(image, witness)) !== undefined) deletes = 'tags';
    else if (spare !== undefined) await putBack(group, users, spare, ports);
    return deleteTags({ ...group, tags: rest }, ports);
  };

  return async (group, isLast) => {
    if (deletes === 'tags') return deleteTags(group, ports);
    const { image, digest, tags } = group;
    const there = await usageIn(image).usersOf(digest, new Set<string>(tags));
    // A locked tag that is not there yet needs it all the same.
    const users = there.length > 0 ? there : wantedAt(image, digest).map((tag) => ({ name: `${image}:${tag}` }));
    const tried = deletes === 'digests' ? undefined : await tryTag(group, users, isLast);
    if (tried !== undefined) return tried;
    deletes = 'digests';
    const [user] = users;
    if (user !== undefined) return { usedBy: user.name, later: false };
    if ((await ports.remove(image, digest)) === 'unsupported') throw cannotDelete(image);
    return { by: 'digest' };
  };
}

async function deleteTags({ image, tags }: DigestTags, ports: PrunePorts): Promise<Removed> {
  for (const tag of tags) if ((await ports.remove(image, tag)) === 'unsupported') throw cannotDelete(image);
  return { by: 'tag' };
}

/** Puts back tags that went with another one. */
async function putBack(
  { image, tags }: DigestTags,
  users: readonly User[],
  spare: Manifest,
  ports: PrunePorts,
): Promise<never> {
  for (const { tag } of users) if (tag !== undefined) await ports.put(image, tag, spare);
  const message = 'The registry deleted a digest with all its tags, not only the tag; the other tags were restored.';
  const hint = 'Set `policy: {dropped: keep}`: this registry cannot delete a single tag.';
  throw problemError('prune/tag-takes-digest', message, `${image}:${tags[0]}`, hint);
}

function cannotDelete(image: ImageName): Error {
  const message = 'The registry of the destination deletes neither tags nor digests.';
  const hint = 'Allow it to (distribution: `storage.delete.enabled`), or set `policy: {dropped: keep}`.';
  return problemError('prune/cannot-delete', message, image, hint);
}

function none(): never {
  throw new Error('a group has no tag');
}
