import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { Manifest } from '../registry/types.ts';

/** A lockfile that was merged, and applied. */
export interface LockVersion {
  /** A commit that has it. */
  readonly commit: string;
  /** When all of it was seen at the destination (ms since the epoch). */
  readonly time: number;
  readonly text: string;
}

/** A tag that an earlier lockfile named, and today's does not. */
export interface DroppedTag {
  readonly image: ImageName;
  readonly tag: Tag;
  /** What it pointed at last. */
  readonly digest: Digest;
  /** When it left the lockfile (ms since the epoch). */
  readonly left: number;
}

/** Why a dropped tag is not deleted: it has moved, another tag or index uses its digest, or the registry did not delete it. */
type KeptReason = 'moved' | 'in-use';

export interface KeptTag extends DroppedTag {
  readonly reason: KeptReason;
  /** What uses it, in words. */
  readonly by?: string;
}

export interface DeletedTag extends DroppedTag {
  /** Whether only the tag was deleted, or the digest with all that points at it. */
  readonly by: 'tag' | 'digest';
}

/** What pruning needs of a destination. */
export interface PrunePorts {
  listTags(image: ImageName): Promise<readonly string[] | undefined>;
  head(image: ImageName, reference: Tag | Digest): Promise<Digest | undefined>;
  get(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  put(image: ImageName, tag: Tag, manifest: Manifest): Promise<void>;
  /** Deletes only a tag, or a digest with all its tags; `unsupported` where the registry does not do that. */
  remove(image: ImageName, reference: Tag | Digest): Promise<'deleted' | 'absent' | 'unsupported'>;
}

/** The most tags that a run deletes at a destination: the smaller of the two limits, and at least one tag. */
export function ceiling({ tags, percent }: { tags: number; percent: number }, locked: number): number {
  return Math.min(tags, Math.max(1, Math.floor((locked * percent) / 100)));
}
