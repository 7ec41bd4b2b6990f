import { compareVersions } from '../config/version-range.ts';
import { groupBy } from '../core/group-by.ts';
import type { Digest, Tag } from '../core/names.ts';
import type { LockedGroup } from '../lock/types.ts';
import { type TagVersion, tagVersion } from '../select/tag-version.ts';
import { formOf, isFixed, stepWords, versionOf } from './tag-words.ts';
import type { TagMove } from './types.ts';

/** A new group in the place of one of another version; what it adds and replaces is not told yet. */
export interface Succession {
  readonly old: LockedGroup;
  readonly fresh: LockedGroup;
  readonly version: { readonly from: string; readonly to: string };
  /** Tags that go from the one to the other. */
  readonly tags: readonly Tag[];
}

/**
 * The releases among groups. A group with a digest that no old group has is one
 * - where tags go to it from a group of another version, or of another day; or
 * - where no tag goes to it, no tag of an old group is left, and both have a tag of the same form, the new one with a
 *   greater version that has the first number in common, and is no pre-release that follows a release: the nearest such
 *   version of each.
 *
 * @param moves the tags that have another digest, rebuilt ones left out
 * @param hasSameRules whether it is upstream that names fuller versions, such as `25.0.1` beside `25`
 */
export function findReleases(
  before: readonly LockedGroup[],
  after: readonly LockedGroup[],
  moves: readonly TagMove[],
  hasSameRules: boolean,
): Succession[] {
  const [old, fresh] = [byDigest(before), byDigest(after)];
  const steps = [...groupBy(moves, ({ from, to }) => `${from} ${to}`).values()].flatMap((own): Succession[] => {
    const [from, to] = [old.get(own[0]?.from ?? ''), fresh.get(own[0]?.to ?? '')];
    if (from === undefined || to === undefined || old.has(to.digest)) return [];
    const version = versionStep(from, to, hasSameRules);
    return version === undefined ? [] : [{ old: from, fresh: to, version, tags: own.map(({ tag }) => tag) }];
  });
  const stay = new Set(after.flatMap(({ tags }) => tags));
  const known = new Set(before.flatMap(({ tags }) => tags));
  const gone = before.filter(({ tags }) => !tags.some((tag) => stay.has(tag)));
  const arrived = after.filter(({ digest, tags }) => !old.has(digest) && !tags.some((tag) => known.has(tag)));
  return [...steps, ...pairs(gone, arrived)];
}

function byDigest(groups: readonly LockedGroup[]): Map<string, LockedGroup> {
  return new Map(groups.map((group) => [group.digest, group]));
}

/** How the version of one group follows that of another, in words; `undefined` where it is the same or not known. */
function versionStep(old: LockedGroup, fresh: LockedGroup, hasSameRules: boolean): Succession['version'] | undefined {
  const [from, to] = [versionOf(old.tags), versionOf(fresh.tags)];
  if (from === undefined || to === undefined) return undefined;
  const isSame = from === to || from.startsWith(`${to}.`) || to.startsWith(`${from}.`);
  if (!isSame) return { from, to };
  const isUpdate = hasSameRules && to.startsWith(`${from}.`) && /[1-9]/.test(to.slice(from.length));
  return fixedStep(old.tags, fresh.tags) ?? (isUpdate ? { from, to } : undefined);
}

/** How tags of the same form follow one another, such as the days that they are named after. */
function fixedStep(old: readonly Tag[], fresh: readonly Tag[]): Succession['version'] | undefined {
  const added = fresh.filter((tag) => isFixed(tag) && !old.includes(tag));
  for (const from of old.filter((tag) => isFixed(tag) && !fresh.includes(tag))) {
    const to = added.find((tag) => formOf(tag) === formOf(from));
    if (to !== undefined) return stepWords(from, to);
  }
  return undefined;
}

interface Candidate extends Succession {
  /** How many numbers both versions have in common from the first on. */
  readonly common: number;
  readonly from: TagVersion;
}

/** Old and new groups without a common tag, each in one pair: those with the most in common, then the newest, first. */
function pairs(gone: readonly LockedGroup[], arrived: readonly LockedGroup[]): Succession[] {
  const byForm = groupBy(
    arrived.flatMap((group) => [...versionsByForm(group)].map(([form, version]) => ({ form, version, group }))),
    ({ form }) => form,
  );
  const candidates = gone.flatMap((old) =>
    [...versionsByForm(old)].flatMap(([form, from]) =>
      (byForm.get(form) ?? []).flatMap(({ version: to, group: fresh }): Candidate[] => {
        const common = inCommon(from, to);
        const isBack = from.prerelease === undefined && to.prerelease !== undefined;
        if (common === 0 || isBack || compareVersions(to, from) <= 0) return [];
        return [
          {
            old,
            fresh,
            version: { from: versionOf(old.tags) ?? from.text, to: versionOf(fresh.tags) ?? to.text },
            tags: [],
            common,
            from,
          },
        ];
      }),
    ),
  );
  const taken = new Set<Digest>();
  return candidates
    .sort((one, other) => other.common - one.common || compareVersions(other.from, one.from))
    .flatMap(({ old, fresh, version, tags }) => {
      if (taken.has(old.digest) || taken.has(fresh.digest)) return [];
      taken.add(old.digest).add(fresh.digest);
      return [{ old, fresh, version, tags }];
    });
}

/** How many numbers two versions have in common from the first on. */
export function inCommon({ numbers: one }: TagVersion, { numbers: other }: TagVersion): number {
  const differs = one.findIndex((number, index) => number !== other[index]);
  return differs === -1 ? one.length : differs;
}

/** The fullest version of each form that the tags of a group have. */
function versionsByForm({ tags }: LockedGroup): Map<string, TagVersion> {
  const versions = new Map<string, TagVersion>();
  for (const tag of tags) {
    const version = tagVersion(tag);
    const form = formOf(tag);
    if (version !== undefined && version.numbers.length > (versions.get(form)?.numbers.length ?? 0)) {
      versions.set(form, version);
    }
  }
  return versions;
}
