import { groupBy } from '../../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../../core/names.ts';

/** What folding needs to know of a group; a `GroupEvidence` has it. */
export interface FoldableGroup {
  readonly image: ImageName;
  readonly from?: Digest;
  readonly to: Digest;
  readonly tags: readonly Tag[];
  readonly build?: {
    readonly cause: 'source' | 'base' | 'neither' | 'unknown';
    readonly bases: readonly { readonly name: string; readonly to?: Digest }[];
    /** Its children: the digest of a base is that of one of them. */
    readonly after?: readonly { readonly digest?: Digest }[];
  };
}

/** A group whose contents are worth reading, and the groups that it stands for. */
export interface GroupToRead<Group> {
  readonly group: Group;
  /** Other groups of its image that changed in the same way as far as is known. */
  readonly alike: readonly Group[];
  /** Groups of any image that were rebuilt since `group` or one of `alike` changed, directly or over other bases. */
  readonly followers: readonly Group[];
}

/**
 * Chooses the groups whose contents are read, so that the fewest counted pulls tell the most. A group that was rebuilt only since
 * its base moved, where that base is a group of this change, is folded under the base, over several steps where the base
 * follows another one. Of what is left, one group an image is read: one with a changed source before a rebuilt one, one that
 * replaces another before a new one, `latest` before other tags, and then in the order given.
 *
 * @returns in the order given; every group is in it exactly once
 */
export function groupsToRead<Group extends FoldableGroup>(groups: readonly Group[]): GroupToRead<Group>[] {
  const rootOf = rootsOf(groups);
  const roots = groups.filter((group) => rootOf(group) === group);
  const followers = groupBy(
    groups.filter((group) => rootOf(group) !== group),
    rootOf,
  );
  const read = [...groupBy(roots, ({ image }) => image).values()].map((own) => {
    const [group, ...alike] = [...own].sort((a, b) => rank(a) - rank(b)) as [Group, ...Group[]];
    return { group, alike, followers: own.flatMap((root) => followers.get(root) ?? []) };
  });
  return read.sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
}

/** Lower is read rather. */
function rank({ build, from, tags }: FoldableGroup): number {
  const causes = ['source', 'unknown', 'base', 'neither'];
  const ofCause = build === undefined ? 1 : causes.indexOf(build.cause);
  return ofCause * 4 + (from === undefined ? 2 : 0) + (tags.some((tag) => tag === 'latest') ? 0 : 1);
}

/** Gives the group that a group follows in the end; itself where it follows none. */
function rootsOf<Group extends FoldableGroup>(groups: readonly Group[]): (group: Group) => Group {
  const byTag = new Map<string, Group>(
    groups.flatMap((group) => group.tags.map((tag) => [`${group.image}:${tag}`, group] as const)),
  );
  const baseOf = ({ build }: Group): Group | undefined => {
    if (build?.cause !== 'base') return undefined;
    for (const { name, to } of build.bases) {
      const base = byTag.get(plainName(name));
      if (base !== undefined && (to === undefined || isBuiltAs(base, to))) return base;
    }
    return undefined;
  };
  return (group) => {
    const seen = new Set<Group>([group]);
    for (let at = group; ; ) {
      const base = baseOf(at);
      if (base === undefined) return at;
      // Images that name each other as their base have none that is read first.
      if (seen.has(base)) return group;
      seen.add(base);
      at = base;
    }
  };
}

/** Whether a digest is that of a group's index, or of a manifest in it, which is what upstream names as a base. */
function isBuiltAs({ to, build }: FoldableGroup, digest: Digest): boolean {
  return to === digest || (build?.after ?? []).some((child) => child.digest === digest);
}

/** An official image's name as the Hub shortens it: `docker.io/library/debian` is `debian:latest`. */
export function plainName(name: string): string {
  const [reference = ''] = name.replace(/^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/, '').split('@');
  return reference.includes(':') ? reference : `${reference}:latest`;
}
