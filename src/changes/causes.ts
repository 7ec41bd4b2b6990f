import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { counted, named } from '../core/words.ts';
import type { LockDiff, Rebuild } from '../diff/types.ts';
import { plainName } from '../evidence/contents/fold.ts';
import type { BaseMove, Evidence, GroupEvidence } from '../evidence/types.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import { tagWords } from './words.ts';

/** Why groups were rebuilt. Groups of equal causes are told in one line. */
export type Cause =
  /** Without evidence no more is known than which image they are of. */
  | { readonly kind: 'image'; readonly image: string }
  /** The root of the bases that they rest on: `change` is what happened to it in this very change, `built` a day. */
  | { readonly kind: 'base'; readonly name: string; readonly change?: BaseChange; readonly built?: string }
  /** Upstream's entry names another source for the same tags. The links are URLs. */
  | { readonly kind: 'source'; readonly image: string; readonly compare?: string; readonly dockerfile?: string }
  /** By git: the source is the same; what they rest on was not read. */
  | { readonly kind: 'same-source' }
  /** Source and base are the same. */
  | { readonly kind: 'same' }
  /** The index was not read: the share of pulls was used up, or it could not be. */
  | { readonly kind: 'unread' }
  /** Upstream does not say what they were built from. */
  | { readonly kind: 'unknown' };

type BaseChange = 'rebuilt' | 'released' | 'changed';

/** Gives the cause of a rebuilt group. */
type CauseOf = (image: ImageName, rebuild: Pick<Rebuild, 'to'>) => Cause;

/** The groups that were rebuilt for one cause. */
export interface CausedRebuilds {
  readonly cause: Cause;
  readonly groups: number;
  /** Sorted by name. */
  readonly images: readonly { readonly image: string; readonly groups: number; readonly tags: readonly string[] }[];
}

const byImage: CauseOf = (image) => ({ kind: 'image', image });

/** The rebuilds by their causes, those of the most groups first. @param causeOf absent: an image is its own cause */
export function rebuildsByCause({ images }: Pick<LockDiff, 'images'>, causeOf: CauseOf = byImage): CausedRebuilds[] {
  const all = images.flatMap(({ image, rebuilt }) =>
    rebuilt.map((rebuild) => ({ image, tags: rebuild.tags, cause: causeOf(image, rebuild) })),
  );
  const causes = [...groupBy(all, ({ cause }) => JSON.stringify(cause)).values()].flatMap((own) =>
    own.slice(0, 1).map(({ cause }): CausedRebuilds => ({ cause, groups: own.length, images: imagesOf(own) })),
  );
  return causes.sort((one, other) => other.groups - one.groups);
}

function imagesOf(rebuilds: readonly { readonly image: ImageName; readonly tags: readonly string[] }[]) {
  return [...groupBy(rebuilds, ({ image }) => image)].map(([image, own]) => ({
    ...{ image, groups: own.length, tags: own.flatMap(({ tags }) => tags) },
  }));
}

/**
 * The causes that the evidence gives: bases in a row are told by the one that moved first, such as `debian:trixie` for
 * `golang`, which rests on `buildpack-deps`. Pure.
 */
export function causesOf(evidence: Evidence, diff: LockDiff, after: Lockfile | undefined): CauseOf {
  const groups = new Map(evidence.groups.map((group) => [keyOf(group), group]));
  const baseOf = basesIn(evidence, after);
  const names = new Map<GroupEvidence, string>();
  const rootOf = (group: GroupEvidence): Root => {
    const seen = new Set<GroupEvidence>([group]);
    for (let at = group, root: Root = {}; ; ) {
      const [move] = movesOf(at);
      const found = movesOf(at).flatMap((one) => baseOf(one) ?? [])[0];
      if (found === undefined) return move === undefined ? root : { name: plainName(move.name) };
      // Images that name each other as their base have no root.
      if (seen.has(found.group)) return root;
      seen.add(found.group);
      const name = names.get(found.group) ?? found.name;
      names.set(found.group, name);
      root = { name, group: found.group };
      at = found.group;
    }
  };
  const isRead = evidence.groups.some(({ build }) => build !== undefined) || evidence.unread.length > 0;
  return (image, { to }) => {
    const group = groups.get(keyOf({ image, to }));
    if (group === undefined) return byImage(image, { to });
    return causeOfGroup(group, () => rootOf(group), { isRead, changeOf: (root) => changeOf(diff, root) });
  };
}

interface Root {
  /** `debian:trixie-slim`. */
  readonly name?: string;
  /** Where it changes in this very change. */
  readonly group?: GroupEvidence;
}

interface CauseView {
  /** Whether indexes were to be read. */
  readonly isRead: boolean;
  changeOf(root: GroupEvidence): BaseChange;
}

function causeOfGroup(group: GroupEvidence, rootOf: () => Root, { isRead, changeOf: changed }: CauseView): Cause {
  const { image, build, source } = group;
  const bySource: Cause = { kind: 'source', image, ...sourceLinks([group]) };
  if (build?.cause === 'base') {
    const { name, group: root } = rootOf();
    if (name === undefined) return { kind: 'unknown' };
    return { kind: 'base', name, ...(root && { change: changed(root), ...defined({ built: builtDay(root) }) }) };
  }
  if (build?.cause === 'source') return bySource;
  if (build?.cause === 'neither') return { kind: 'same' };
  if (source?.isSame === false) return bySource;
  if (isRead) return { kind: build === undefined ? 'unread' : 'unknown' };
  return source === undefined ? byImage(image, group) : { kind: 'same-source' };
}

function keyOf({ image, to }: Pick<GroupEvidence, 'image' | 'to'>): string {
  return `${image} ${to}`;
}

/** Where the compare view and the Dockerfile of groups are, the first that is known. */
export function sourceLinks(groups: readonly Pick<GroupEvidence, 'source'>[]): {
  compare?: string;
  dockerfile?: string;
} {
  const steps = groups.flatMap(({ source }) => source?.steps ?? []);
  const step = steps.find(({ compare }) => compare !== undefined) ?? steps[0];
  return defined({ compare: step?.compare, dockerfile: step?.dockerfile });
}

/** The day on which the newest child was built, in UTC; a day stays what it is, an age does not. */
export function builtDay({ build }: Pick<GroupEvidence, 'build'>): string | undefined {
  const times = (build?.after ?? []).flatMap(({ created }) => created ?? []);
  return times.sort().at(-1)?.slice(0, 10);
}

/** The moves of a group that was rebuilt for its base, those of the most platforms first. */
function movesOf({ build }: GroupEvidence): readonly BaseMove[] {
  if (build?.cause !== 'base') return [];
  return [...build.bases].sort((a, b) => b.platforms.length - a.platforms.length);
}

/** Gives the group of this change that a base went to. */
function basesIn({ groups }: Evidence, after: Lockfile | undefined) {
  const locked = new Map(
    (after?.images ?? []).flatMap((image) =>
      lockedGroups(image).map((group) => [keyOf({ image: image.image, to: group.digest }), group] as const),
    ),
  );
  const byName = new Map<string, GroupEvidence>();
  const byDigest = new Map<Digest, GroupEvidence>();
  const isWhole = new Set<GroupEvidence>();
  for (const group of groups) {
    for (const tag of group.tags) byName.set(`${group.image}:${tag}`, group);
    const index = locked.get(keyOf(group))?.index;
    if (index?.without.every((left) => left === 'attestations')) isWhole.add(group);
    const children = (index?.children ?? []).map(({ digest }) => digest);
    for (const digest of [group.to, ...(index?.sources ?? []), ...children]) byDigest.set(digest, group);
  }
  return ({ name: written, to }: BaseMove): { readonly group: GroupEvidence; readonly name: string } | undefined => {
    const name = plainName(written);
    const own = to === undefined ? undefined : byDigest.get(to);
    if (own !== undefined) return { group: own, name: byName.get(name) === own ? name : `${own.image}:${own.tags[0]}` };
    const same = byName.get(name);
    // What rests on another build of the base than this change brings does not follow it.
    return same === undefined || (to !== undefined && isWhole.has(same)) ? undefined : { group: same, name };
  };
}

function changeOf({ images }: LockDiff, { image, to }: GroupEvidence): BaseChange {
  const own = images.find((one) => one.image === image);
  if (own?.rebuilt.some((rebuild) => rebuild.to === to)) return 'rebuilt';
  return own?.releases.some((release) => release.to === to) ? 'released' : 'changed';
}

const shownImages = 6;

/**
 * A cause and what it rebuilt, in one line. Names stand in backquotes.
 *
 * @param now from when ages count; absent: only days are said, which stay true
 */
export function causeLine({ cause, groups, images }: CausedRebuilds, now: Date | undefined): string {
  const few = `${counted(groups, 'group')} (${tagWords(
    images.flatMap(({ tags }) => tags),
    2,
  )})`;
  const many = () => {
    const [first] = images;
    if (images.length === 1 && first !== undefined) return `${named(first.image)}, ${few}`;
    const most = [...images].sort((a, b) => b.groups - a.groups).slice(0, shownImages);
    const shown = most.map((one) => (one.groups === 1 ? named(one.image) : `${named(one.image)} ${one.groups}`));
    const more = images.length - most.length;
    const list = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    return `${counted(groups, 'group')} of ${counted(images.length, 'image')}: ${list}`;
  };
  switch (cause.kind) {
    case 'image':
      return `${named(cause.image)}: ${few}`;
    case 'source':
      return `${named(cause.image)}, whose Dockerfile changed: ${few}`;
    case 'base':
      return `${named(cause.name)} ${baseWords(cause, now)} → ${many()}`;
    case 'same-source':
      return `The same Dockerfile, built again → ${many()}`;
    case 'same':
      return `The same Dockerfile and base, built again → ${many()}`;
    case 'unread':
      return `Not read why → ${many()}`;
    case 'unknown':
      return `Upstream does not say why → ${many()}`;
  }
}

function baseWords({ change, built }: Extract<Cause, { kind: 'base' }>, now: Date | undefined): string {
  if (change === undefined) return 'moved, which is not in this change';
  return built === undefined ? change : `${change}, built on ${built}${now === undefined ? '' : ageWords(built, now)}`;
}

const dayMs = 86_400_000;

/** Nothing of a day to come: clocks differ. */
function ageWords(day: string, now: Date): string {
  const days = Math.floor((now.getTime() - Date.parse(day)) / dayMs);
  return days < 0 ? '' : days === 0 ? ', today' : `, ${counted(days, 'day')} old`;
}
