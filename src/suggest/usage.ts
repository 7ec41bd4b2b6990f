import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { nearest } from '../core/nearest.ts';
import type { Problem } from '../core/problem.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import type { Library, UpstreamImage } from '../upstream/types.ts';
import { type MirrorName, parseReference, type Reference } from './reference.ts';
import { successorOf } from './tag-parts.ts';
import { leftOut, type Use } from './types.ts';

/** What is known of a reference that is in use. */
export type Status =
  /** Upstream lists the tag: a rule can cover it. */
  | { readonly kind: 'listed'; readonly image: ImageName; readonly tag: Tag }
  /** Upstream lists the tag no more, or never did; `successor` is the tag of the same line that it lists. */
  | { readonly kind: 'unlisted'; readonly image: ImageName; readonly tag: Tag; readonly successor?: Tag }
  /** Only a digest is named, which the lockfile does not know. */
  | { readonly kind: 'digest-only'; readonly image: ImageName }
  | { readonly kind: 'unknown-image'; readonly image: ImageName; readonly nearest: readonly ImageName[] }
  /** Upstream's file of the image cannot be read. */
  | { readonly kind: 'refused-image'; readonly image: ImageName }
  | { readonly kind: 'not-official' };

/** A reference in use, and where. */
export interface UsedReference {
  /** As docker completes it. */
  readonly text: string;
  readonly reference: Reference;
  readonly status: Status;
  /** In the order in which they were read. */
  readonly uses: readonly Use[];
  /** How often, over all uses. */
  readonly count: number;
}

export interface Usage {
  /** The most used first. */
  readonly references: readonly UsedReference[];
  /** What is no reference. */
  readonly problems: readonly Problem[];
}

export interface World {
  readonly library: Library;
  /** Absent: nothing is mirrored yet. */
  readonly lockfile?: Lockfile;
  readonly mirrors: readonly MirrorName[];
}

/** Joins the uses of one image into one reference each, and says of each what upstream knows of it. */
export function readUsage(uses: readonly Use[], world: World): Usage {
  const problems: Problem[] = [];
  const images = new Map(world.library.images.map((image) => [image.name, image]));
  const read = uses.flatMap((use) => {
    const reference = parseReference(use.text, world.mirrors);
    if (reference !== undefined) return [{ use, reference }];
    problems.push(leftOut('bad-reference', use.place, 'This is not a valid image reference.', use.text));
    return [];
  });
  const references = [...groupBy(read, ({ reference }) => referenceText(reference))].map(
    ([text, own]): UsedReference => {
      const [{ reference } = { reference: { repository: text } }] = own;
      const count = own.reduce((sum, { use }) => sum + use.count, 0);
      return { text, reference, status: statusOf(reference, images, world), uses: own.map(({ use }) => use), count };
    },
  );
  references.sort((one, other) => other.count - one.count || (one.text < other.text ? -1 : 1));
  return { references, problems };
}

/** The name of an official image without its registry, whichever mirror it is read from. */
function referenceText({ repository, image, tag, digest }: Reference): string {
  return `${image ?? repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function statusOf(reference: Reference, images: ReadonlyMap<string, UpstreamImage>, world: World): Status {
  const { image, digest } = reference;
  if (image === undefined) return { kind: 'not-official' };
  const upstream = images.get(image);
  if (upstream === undefined) return unknownStatus(image, world.library);
  const tags = upstream.groups.flatMap((group) => group.tags);
  const tag = reference.tag ?? tagOfDigest(world.lockfile, image, digest, new Set(tags));
  if (tag === undefined) return { kind: 'digest-only', image };
  if (tags.includes(tag)) return { kind: 'listed', image, tag };
  const successor = successorOf(tag, tags);
  return { kind: 'unlisted', image, tag, ...(successor === undefined ? {} : { successor }) };
}

function unknownStatus(image: ImageName, library: Library): Status {
  if (library.refusals.some((refusal) => refusal.image === image)) return { kind: 'refused-image', image };
  const names = library.images.map(({ name }) => name);
  return { kind: 'unknown-image', image, nearest: nearest(image, names, 1) };
}

function tagOfDigest(
  lockfile: Lockfile | undefined,
  image: ImageName,
  digest: Digest | undefined,
  listed: ReadonlySet<Tag>,
): Tag | undefined {
  const groups = lockedGroups(lockfile?.images.find((locked) => locked.image === image));
  const group = groups.find((one) => one.digest === digest);
  return group?.tags.find((tag) => listed.has(tag)) ?? group?.tags[0];
}

/** A locked group that nothing uses. */
export interface UnusedGroup {
  readonly image: ImageName;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
}

export interface Unused {
  /** Images of which nothing is used. */
  readonly images: readonly ImageName[];
  /** Groups of which nothing is used, those of these images among them. */
  readonly groups: readonly UnusedGroup[];
  readonly tags: number;
  /** All locked groups. */
  readonly lockedGroups: number;
}

/** What the lockfile mirrors and no reference names, by tag or by digest. The tags of a group are one image: one that is used keeps all. */
export function findUnused(lockfile: Lockfile, references: readonly UsedReference[]): Unused {
  const used = new Set<string>();
  for (const { reference } of references) {
    const { image, tag, digest } = reference;
    if (image === undefined) continue;
    if (tag !== undefined) used.add(`${image}:${tag}`);
    if (digest !== undefined) used.add(`${image}@${digest}`);
  }
  const byImage = lockfile.images.map((locked) => {
    const groups = lockedGroups(locked).map(({ digest, tags }) => ({ image: locked.image, digest, tags }));
    const isUsed = ({ image, digest, tags }: UnusedGroup) =>
      used.has(`${image}@${digest}`) || tags.some((tag) => used.has(`${image}:${tag}`));
    return { image: locked.image, groups, unused: groups.filter((group) => !isUsed(group)) };
  });
  const groups = byImage.flatMap(({ unused }) => unused);
  return {
    images: byImage.flatMap((one) =>
      one.groups.length > 0 && one.unused.length === one.groups.length ? [one.image] : [],
    ),
    groups,
    tags: groups.reduce((sum, { tags }) => sum + tags.length, 0),
    lockedGroups: byImage.reduce((sum, one) => sum + one.groups.length, 0),
  };
}
