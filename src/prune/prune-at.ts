import { attempt } from '../core/attempt.ts';
import { groupBy } from '../core/group-by.ts';
import type { ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { byAge } from './dropped.ts';
import { type DigestTags, type Remove, remover, type WantedAt } from './remove.ts';
import type { DeletedTag, DroppedTag, KeptTag, PrunePorts } from './types.ts';
import { type Usage, usageOf } from './usage.ts';

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
 * deleted alone where the registry can do that; else its digest, where nothing else there uses it.
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

  // Some registries delete a digest alone: its tags are taken together. What is kept leaves room for others.
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
