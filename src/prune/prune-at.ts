import { attempt } from '../apply/attempt.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { byAge } from './dropped.ts';
import type { DeletedTag, DroppedTag, KeptTag, PrunePorts } from './types.ts';
import { type Usage, usageOf } from './usage.ts';

export interface PruneWork {
  /** The tags that left long enough ago. */
  readonly dropped: readonly DroppedTag[];
  /** The most tags to delete. */
  readonly most: number;
  /** The tags that the lockfile names at a digest. */
  readonly wantedAt: (image: ImageName, digest: Digest) => readonly Tag[];
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
 * deleted alone where the registry can do that; else its digest, where nothing else there uses it.
 */
export async function pruneAt({ dropped, most, wantedAt, dryRun }: PruneWork, ports: PrunePorts): Promise<Pruned> {
  const { there, kept, listed, failures } = await lookAt(dropped, ports);
  const waiting: DroppedTag[] = [];
  const deleted: DeletedTag[] = [];
  const usages = new Map<ImageName, Usage>();
  let deletesTags = true;
  // Some registries delete a digest alone: its tags are taken together. What is kept leaves room for others.
  for (const group of groupBy([...there].sort(byAge), ({ image, digest }) => `${image}@${digest}`).values()) {
    const [{ image, digest } = unreachable()] = group;
    if (deleted.length + group.length > most) {
      waiting.push(...group);
      continue;
    }
    if (dryRun) {
      deleted.push(...group.map((tag) => ({ ...tag, by: 'tag' as const })));
      continue;
    }
    const done = await attempt(async () => {
      const byTag = deletesTags ? await deleteTags(group, wantedAt(image, digest), ports) : undefined;
      if (byTag !== undefined) return void deleted.push(...byTag);
      deletesTags = false;
      const usage = usages.get(image) ?? usageOf(image, listed.get(image) ?? [], ports);
      usages.set(image, usage);
      const by = await usage.userOf(digest, new Set(group.map(({ tag }) => tag)));
      if (by !== undefined) return void kept.push(...group.map((tag) => ({ ...tag, reason: 'in-use' as const, by })));
      if ((await ports.remove(image, digest)) === 'unsupported') throw cannotDelete(image);
      deleted.push(...group.map((tag) => ({ ...tag, by: 'digest' as const })));
    });
    if (!done.ok) failures.push({ tags: group, problem: done.problem });
    // What one repository of a registry does not allow, the others do not.
    if (!done.ok && stops.has(done.problem.code)) break;
  }
  return { deleted, kept, waiting, failures };
}

/** Problems after which nothing more is tried at a destination. */
const stops: ReadonlySet<string> = new Set(['prune/cannot-delete', 'prune/tag-takes-digest']);

/** Deletes tags alone; `undefined` where the registry does not do that. */
async function deleteTags(
  group: readonly DroppedTag[],
  [wanted]: readonly Tag[],
  ports: PrunePorts,
): Promise<DeletedTag[] | undefined> {
  const deleted: DeletedTag[] = [];
  for (const tag of group) {
    const spare = wanted === undefined ? undefined : await ports.get(tag.image, tag.digest);
    if ((await ports.remove(tag.image, tag.tag)) === 'unsupported') return undefined;
    deleted.push({ ...tag, by: 'tag' });
    if (wanted === undefined || spare === undefined || (await ports.head(tag.image, wanted)) !== undefined) continue;
    await ports.put(tag.image, wanted, spare);
    const message = 'The registry deleted a digest with all its tags, though a tag alone was named; one was put back.';
    const hint = 'Run `mirrorlock apply`, which puts all tags back, and set `policy: {dropped: keep}`.';
    throw problemError('prune/tag-takes-digest', message, `${tag.image}:${wanted}`, hint);
  }
  return deleted;
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

function cannotDelete(image: ImageName): Error {
  const message = 'The registry of the destination deletes neither tags nor digests.';
  const hint = 'Allow it to (distribution: `storage.delete.enabled`), or set `policy: {dropped: keep}`.';
  return problemError('prune/cannot-delete', message, image, hint);
}

function unreachable(): never {
  throw new Error('a group has no tag');
}
