import PQueue from 'p-queue';
import type { Keep } from '../config/platforms.ts';
import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import { indexDigest, isEnough, type Picked, partialIndex, pick } from '../resolve/children.ts';
import { throwFailures } from '../resolve/resolve.ts';
import type { PartialIndex, ResolvedGroup, ResolvedImage, SeenIndex } from '../resolve/types.ts';
import { isUnusable } from './read-index.ts';

/** Enough to keep a registry client busy, which bounds its own requests. */
const readAtOnce = 16;
const failuresBeforeGivingUp = 5;

/** What choosing the children of indexes needs of the outside world and of the past. */
export interface KeepPorts {
  /** Which children of an image are kept; `undefined`: all, in upstream's own index. */
  readonly platformsOf: (image: ImageName) => Keep | undefined;
  /** What an earlier lockfile tells of a digest. */
  readonly known: (image: ImageName, digest: Digest) => SeenIndex | undefined;
  /** Reads an index or a single manifest at the source: a counted pull. */
  readonly read: (image: ImageName, digest: Digest) => Promise<SeenIndex>;
}

export interface KeepOptions {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Told of each index that cannot be used: its bytes are those of its digest, and not what they should be. */
  readonly onUnusable?: (problem: Problem) => void;
}

/**
 * Gives each group the digest of what is kept of its index: upstream's own where nothing is left out, else that of a
 * rewritten one. An index that holds no more than another one of the image keeps is that one. Each digest of which not
 * enough is known is read once. A group of which nothing is left is pending: upstream announces what is wanted of it.
 * A group whose index cannot be used, whoever reads it, is pending too: its tags stay where they are.
 *
 * @throws UserError with the problems of all that could not be read, `resolve/gave-up` among them when some were not tried
 */
export async function keepChildren(
  images: readonly ResolvedImage[],
  ports: KeepPorts,
  options: KeepOptions = {},
): Promise<ResolvedImage[]> {
  const seen = await readAll(images, ports, options);
  return images.map((image) => {
    const keep = ports.platformsOf(image.image);
    return keep === undefined ? image : keepInImage(image, keep, (digest) => seen.get(keyOf(image.image, digest)));
  });
}

function keepInImage(
  { image, groups }: ResolvedImage,
  keep: Keep,
  seenOf: (digest: Digest) => SeenIndex | undefined,
): ResolvedImage {
  const picks = groups.map((group): Pick | undefined => {
    const seen = group.digest === undefined ? undefined : seenOf(group.digest);
    if (group.digest === undefined || seen === undefined) return undefined;
    const picked = pick(seen, keep);
    return { source: group.digest, picked, rewritten: indexDigest(picked.children) };
  });
  const own = new Map<Digest, Digest>();
  for (const { source, picked, rewritten } of picks.flatMap((one) => one ?? [])) {
    if (picked.isWhole && !own.has(rewritten)) own.set(rewritten, source);
  }
  return { image, groups: groups.map((group, index) => keepInGroup(group, picks[index], own)) };
}

interface Pick {
  readonly source: Digest;
  readonly picked: Picked;
  /** The digest of a new index of what is kept. */
  readonly rewritten: Digest;
}

function keepInGroup(group: ResolvedGroup, kept: Pick | undefined, own: ReadonlyMap<Digest, Digest>): ResolvedGroup {
  if (kept === undefined) return { ...group, digest: undefined };
  const { source, picked, rewritten } = kept;
  if (picked.children.length === 0) return asPending(group, partialIndex(source, picked));
  const { isWhole, without, children } = picked;
  const digest = isWhole ? source : (own.get(rewritten) ?? rewritten);
  return { ...group, digest, index: { sources: [source], without, children } };
}

/** A group whose index is not mirrored yet. */
export function asPending({ index: _, ...group }: ResolvedGroup, seen: PartialIndex | undefined): ResolvedGroup {
  return { ...group, digest: undefined, ...defined({ seen }) };
}

/** What is known of each digest of which children are chosen; what is not known enough is read, each digest once. */
async function readAll(
  images: readonly ResolvedImage[],
  { platformsOf, known, read }: KeepPorts,
  { progress = noProgress, signal, onUnusable = () => {} }: KeepOptions,
): Promise<ReadonlyMap<string, SeenIndex>> {
  const seen = new Map<string, SeenIndex>();
  const absent: { image: ImageName; digest: Digest }[] = [];
  for (const { image, digest, keep } of digestsOf(images, platformsOf)) {
    const before = known(image, digest);
    if (before !== undefined && isEnough(before, keep)) seen.set(keyOf(image, digest), before);
    else absent.push({ image, digest });
  }
  if (absent.length === 0) return seen;

  const task = progress.start('Reading indexes', absent.length);
  const failures: UserError[] = [];
  const queue = new PQueue({ concurrency: readAtOnce });
  const readOne = async ({ image, digest }: (typeof absent)[number]) => {
    signal?.throwIfAborted();
    if (failures.length >= failuresBeforeGivingUp) return;
    try {
      seen.set(keyOf(image, digest), await read(image, digest));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (error.problems.every(isUnusable)) for (const problem of error.problems) onUnusable(problem);
      else failures.push(error);
    }
    task.advance(1, image);
  };
  try {
    await Promise.all(absent.map((one) => queue.add(() => readOne(one))));
  } finally {
    queue.clear();
  }
  signal?.throwIfAborted();
  task.end();
  throwFailures(failures, absent.length, { what: 'indexes could not be read', most: failuresBeforeGivingUp });
  return seen;
}

/** The distinct digests of images of which children are chosen, in order. */
function digestsOf(images: readonly ResolvedImage[], platformsOf: KeepPorts['platformsOf']) {
  const all = images.flatMap(({ image, groups }) => {
    const keep = platformsOf(image);
    if (keep === undefined) return [];
    return groups.flatMap(({ digest }) => (digest === undefined ? [] : [{ image, digest, keep }]));
  });
  return [...groupBy(all, ({ image, digest }) => keyOf(image, digest)).values()].flatMap((own) => own.slice(0, 1));
}

function keyOf(image: ImageName, digest: Digest): string {
  return `${image} ${digest}`;
}
