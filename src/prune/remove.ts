import type { Digest, ImageName, Tag } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import type { Manifest } from '../registry/types.ts';
import type { DeletedTag, PrunePorts } from './types.ts';
import type { Usage, User } from './usage.ts';

/** Tags of one image and digest, at least one. */
export interface DigestTags {
  readonly image: ImageName;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
}

/** How the tags were deleted, or what uses their digest; `later`: it may be that they can be deleted after others were. */
export type Removed = { readonly by: DeletedTag['by'] } | { readonly usedBy: string; readonly later: boolean };

/** Removes the tags of one digest. `isLast`: nothing else will be tried before. */
export type Remove = (group: DigestTags, isLast: boolean) => Promise<Removed>;

/** The tags that the lockfile names at a digest. */
export type WantedAt = (image: ImageName, digest: Digest) => readonly Tag[];

/**
 * Removes tags at a destination. Whether its registry deletes a tag alone is not known before it has done so once: some
 * delete the digest, with every tag on it. So the first deletions are of digests that nothing else uses. Where these teach
 * nothing, a digest that only locked tags use is tried last, since they can be put back, by apply too.
 *
 * @throws UserError `prune/cannot-delete`, `prune/tag-takes-digest`, and what the ports throw
 */
export function remover(ports: PrunePorts, usageIn: (image: ImageName) => Usage, wantedAt: WantedAt): Remove {
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
  const message =
    'The registry deleted a digest with all its tags, though a tag alone was named; the others were put back.';
  const hint = 'Set `policy: {dropped: keep}`: this registry deletes no tags alone.';
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
