import type { Rule } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { type Digest, type ImageName, isDigest, isImageName, isTag, namespacePath, type Tag } from '../core/names.ts';
import { nearest } from '../core/nearest.ts';
import { problemError } from '../core/problem.ts';
import { lockfileName, readLockText } from '../lock/file.ts';
import { scanImage, sectionOf, splitLockfile } from '../lock/scan.ts';
import { isPending, type LockedGroup, type LockedImage, type Lockfile, lockedGroups } from '../lock/types.ts';
import type { Rules } from '../select/types.ts';
import type { Context } from '../session/context.ts';
import type { LockVersion } from '../session/lock-versions.ts';
import type { Places } from '../session/places.ts';

/** What is asked for: a tag of an image, or a digest. */
export interface Reference {
  readonly image: ImageName;
  /** `latest` where nothing else is asked for; absent with a digest only. */
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/** Where a tag is, or why it is not here. */
export interface Whereabouts {
  readonly state: 'locked' | 'pending' | 'absent';
  /** The group of the tag, also of one that stays at an earlier digest while a newer one is pending. */
  readonly group?: LockedGroup;
  /** Whether upstream announces a newer build of it that is not published yet. */
  readonly isPending: boolean;
  /** Why it is absent. */
  readonly reason?: AbsenceReason;
  /** The rules that exclude it. */
  readonly rules: readonly Rule[];
  /** Names that may have been meant. */
  readonly nearest: readonly string[];
}

/**
 * `excluded`: an exclude rule takes it. `no-rule`: no include rule wants it. `not-announced`: the rules want it, and
 * upstream did not list it when the lockfile was made. `other-digest`: no tag of the image has the digest.
 */
export type AbsenceReason = 'excluded' | 'no-rule' | 'not-announced' | 'other-digest';

/**
 * Reads a reference as people paste it: with the registry and namespace of the Docker Hub, of the source or of a destination,
 * or without.
 *
 * @param images those of the lockfile, for examples
 * @throws UserError `where/bad-reference`, `where/other-registry`
 */
export function parseReference(
  text: string,
  { source, destinations }: Places,
  images: readonly { readonly image: string }[] = [],
): Reference {
  const [name = '', digest, ...more] = text.replace(/^docker:\/\//, '').split('@');
  const slash = name.lastIndexOf('/');
  const [image = '', tag = digest === undefined ? 'latest' : undefined, ...rest] = name.slice(slash + 1).split(':');
  const isRight = isImageName(image) && (tag === undefined || isTag(tag)) && (digest === undefined || isDigest(digest));
  if (!isRight || more.length > 0 || rest.length > 0) {
    const message = '`where` takes an image and a tag, such as `debian:12`, or an image and a digest.';
    throw problemError(
      'where/bad-reference',
      message,
      text,
      'Names are in lower case; a digest is `sha256:` and 64 digits.',
    );
  }
  const place = name.slice(0, Math.max(0, slash));
  const known = [source, ...destinations].map(({ registry, namespace }) => namespacePath(registry.host, namespace));
  if (place !== '' && !hubPlaces.includes(place) && !known.includes(place)) {
    const message = 'This is not an official image, nor in a destination of this mirror.';
    const example = images.some((one) => one.image === image) ? image : 'debian';
    throw problemError('where/other-registry', message, text, `Official images have names such as \`${example}\`.`);
  }
  return { image, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

const hubPlaces = ['library', 'docker.io', 'docker.io/library', 'index.docker.io', 'index.docker.io/library'];

/** Looks a reference up in the lockfile; undefined where it is not there. Pure. */
export function lookUp({ images }: Lockfile, { image, tag, digest }: Reference): Whereabouts | undefined {
  const own = images.find((one) => one.image === image);
  const group = lockedGroups(own).find(hasReference(tag, digest));
  const isWaiting = tag !== undefined && waits(own, tag);
  const common = { isPending: isWaiting, rules: [], nearest: [] };
  if (group !== undefined) return { ...common, state: 'locked', group };
  return isWaiting && digest === undefined ? { ...common, state: 'pending' } : undefined;
}

/** Says why a reference is not in the lockfile, by the rules, which `openRules` gives only where they decide. */
export async function whyAbsent(
  { images }: Lockfile,
  openRules: () => Promise<Rules>,
  { image, tag, digest }: Reference,
): Promise<Whereabouts> {
  const own = images.find((one) => one.image === image);
  const names = own === undefined ? nearImages(images, image) : nearTags(own, tag ?? '');
  const isPending = tag !== undefined && waits(own, tag);
  const absent = { state: 'absent' as const, isPending, rules: [], nearest: names };
  if (digest !== undefined || tag === undefined) return { ...absent, reason: 'other-digest' };
  // Loaded here: most who ask are told where a tag is.
  const [rules, { judgeTag, rulesForImage }] = await Promise.all([openRules(), import('../select/select.ts')]);
  const { include, exclude } = judgeTag(rulesForImage(rules, image), tag);
  if (include.length === 0) return { ...absent, reason: 'no-rule' };
  if (exclude.length > 0) return { ...absent, reason: 'excluded', rules: exclude };
  return { ...absent, reason: 'not-announced' };
}

function hasReference(tag: Tag | undefined, digest: Digest | undefined): (group: LockedGroup) => boolean {
  if (digest === undefined) return ({ tags }) => tag !== undefined && tags.includes(tag);
  return (group) => group.digest === digest || (group.index?.children ?? []).some((child) => child.digest === digest);
}

function waits(image: LockedImage | undefined, tag: Tag): boolean {
  return (image?.entries ?? []).some((entry) => isPending(entry) && entry.pending.includes(tag));
}

const shownNames = 5;

function nearImages(images: readonly LockedImage[], asked: string): string[] {
  return nearest(
    asked,
    images.map(({ image }) => image),
    shownNames,
  );
}

function nearTags(image: LockedImage, asked: string): string[] {
  const tags = lockedGroups(image).flatMap((group) => group.tags);
  return nearest(asked, tags, shownNames).map((tag) => `${image.image}:${tag}`);
}

/** Since when a tag has its digest, and until when one that is gone was there. */
export interface TagTimes {
  /** The commit that brought the digest; absent where it is not committed. */
  readonly since?: LockVersion;
  /** Whether history begins with it: it may have been there longer. */
  readonly isEarliest?: boolean;
  /** Of a tag that is gone: the commit that removed it, and its last digest. Of a digest, the tags that had it last. */
  readonly ended?: { readonly until: LockVersion; readonly digest: Digest; readonly tags?: readonly Tag[] };
}

/** Reads from git since when `tag` is at `digest`, or, without a digest, when it went. Empty outside of git. */
export async function tagTimes(
  context: Context,
  image: ImageName,
  tag: Tag,
  digest: Digest | undefined,
): Promise<TagTimes> {
  const { openLockVersions } = await import('../session/lock-versions.ts');
  const history = await openLockVersions(context);
  if (history === undefined) return {};
  let last: LockVersion | undefined;
  for await (const [version, text] of history.read(history.versions)) {
    const seen = await digestIn(text, image, tag);
    if (digest === undefined && seen !== undefined)
      return last === undefined ? {} : { ended: { until: last, digest: seen } };
    if (digest !== undefined && seen !== digest) return last === undefined ? {} : { since: last };
    last = version;
  }
  if (digest === undefined || last === undefined) return {};
  return { since: last, ...((await history.isShallow()) ? { isEarliest: true } : {}) };
}

/** Reads from git until when a digest that the lockfile does not have was there, as people pin one. Empty outside of git. */
export async function digestTimes(context: Context, { image, tag, digest }: Reference): Promise<TagTimes> {
  const { openLockVersions } = await import('../session/lock-versions.ts');
  const history = await openLockVersions(context);
  if (history === undefined || digest === undefined) return {};
  const hasDigest = hasReference(undefined, digest);
  let until: LockVersion | undefined;
  for await (const [version, text] of history.read(history.versions)) {
    // Most texts do not have it at all.
    const groups = text?.includes(digest) ? lockedGroups(await imageIn(text, image)) : [];
    const group = groups.find((one) => hasDigest(one) && (tag === undefined || one.tags.includes(tag)));
    if (group !== undefined) return until === undefined ? {} : { ended: { until, digest, tags: group.tags } };
    until = version;
  }
  return {};
}

/** The digest of a tag in the text of a lockfile. A text that cannot be read names none. */
async function digestIn(text: string | undefined, name: ImageName, tag: Tag): Promise<Digest | undefined> {
  const image = text === undefined ? undefined : await imageIn(text, name);
  return lockedGroups(image).find(({ tags }) => tags.includes(tag))?.digest;
}

/** An image in the text of a lockfile: only its lines are read. */
async function imageIn(text: string, name: ImageName): Promise<LockedImage | undefined> {
  const section = sectionOf(text, name);
  return (section === undefined ? undefined : scanImage(name, section)) ?? (await parsedImage(text, name));
}

async function parsedImage(text: string, name: ImageName): Promise<LockedImage | undefined> {
  // In its written form the lockfile does not have the image.
  if (splitLockfile(text)?.images.has(name) === false) return undefined;
  const read = await attempt(() => readLockText(text, lockfileName));
  return read.ok ? read.value.images.find(({ image }) => image === name) : undefined;
}
