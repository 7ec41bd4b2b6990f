import { type Digest, type ImageName, isImageName, type Tag } from '../core/names.ts';
import { diffLockfiles } from '../diff/diff.ts';
import type { ImageDiff } from '../diff/types.ts';
import { assembleLockfile } from '../lock/assemble.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import { type IsWanted, wantedByRules } from '../lock/wanted-tags.ts';
import type { ResolvedGroup, ResolvedImage } from '../resolve/types.ts';
import { selectImage } from '../select/select.ts';
import type { Rules } from '../select/types.ts';
import { brokenPromises } from './back-test.ts';
import { type ContentOf, type GroupContent, manifestsOfChild } from './content.ts';
import { changedLines } from './line-count.ts';
import { type LockText, lockfileOf } from './lock-text.ts';
import { type Reading, readingOf } from './reading.ts';
import { isImage, type Version } from './timeline.ts';

/** What is the same for all images of a simulation. */
export interface ImageSetup {
  readonly rules: Rules;
  readonly contentOf: ContentOf;
  /** Counts lines, and reads back what it wrote; absent: lines are not counted and nothing is checked. */
  readonly text?: LockText;
}

/** What a run changed in an image. */
export interface ImageStep {
  readonly image: ImageName;
  readonly diff: ImageDiff | undefined;
  /** Locked groups whose digest or tags are new. */
  readonly groups: number;
  readonly reading: Reading;
  /** Lines of the lockfile that a diff shows. */
  readonly lines: number;
  /** What stands behind digests that the lockfile names now and did not before. */
  readonly arrived: readonly GroupContent[];
  readonly left: readonly Digest[];
  /** What doesn't hold, of what must. */
  readonly broken: readonly string[];
  /** Counted pulls of all wanted tags, each by itself. */
  readonly byTag: number;
}

/** An image on its way through the versions of its file. Each step locks it as `mirrorlock lock` does. */
export class ImageWalk {
  readonly #setup: ImageSetup;
  readonly #name: ImageName | undefined;
  readonly #wants: IsWanted;
  #version: Version;
  #wanted: ReadonlySet<Tag> | undefined;
  #selected: ReturnType<typeof selectImage>['selected'];
  #contents: ReadonlyMap<Digest, GroupContent> = new Map();
  #locked: LockedImage | undefined;
  #earlier: LockedImage | undefined;
  #lines: readonly string[] = [];

  constructor(name: string, setup: ImageSetup) {
    this.#setup = setup;
    this.#name = isImageName(name) ? name : undefined;
    this.#wants = wantedByRules(setup.rules);
  }

  get version(): Version {
    return this.#version;
  }

  get locked(): LockedImage | undefined {
    return this.#locked;
  }

  /** What its groups are resolved to now; undefined where no tag is wanted. */
  get resolved(): ResolvedImage | undefined {
    return this.#resolve().resolved;
  }

  /** Goes on to a version of the file, or to the same one where something was rebuilt. Undefined where nothing came of it. */
  step(version: Version): ImageStep | undefined {
    const isNew = version !== this.#version || this.#locked === undefined;
    if (isNew) this.#select(version);
    const before = this.#locked;
    const { resolved, contents } = this.#resolve();
    const relock = (previous: LockedImage | undefined, unpublished?: ReadonlySet<Digest>) =>
      this.#lock(unpublished === undefined ? resolved : without(resolved, unpublished), previous);
    const after = relock(before);
    if (this.#name === undefined || (before === undefined && after === undefined)) return undefined;
    const [diff] = diffLockfiles(lockfileOf(listOf(before)), lockfileOf(listOf(after))).images;
    const known = this.#contents;
    const held = lockedGroups(after).flatMap(({ digest }) => contents.get(digest) ?? known.get(digest) ?? []);
    this.#contents = new Map(held.map((content) => [content.digest, content]));
    const step: ImageStep = {
      image: this.#name,
      diff,
      groups: newGroups(before, after),
      reading: readingOf(diff),
      lines: this.#countLines(after),
      arrived: held.filter((content) => isNews(content, known.get(content.digest))),
      left: [...known.keys()].filter((digest) => !this.#contents.has(digest)),
      broken: this.#setup.text === undefined ? [] : this.#check({ before, after, diff, relock, isNew }),
      byTag: pullsByTag(after, this.#contents),
    };
    [this.#earlier, this.#locked] = [before, after];
    return step;
  }

  #select(version: Version): void {
    const image = isImage(version) ? version : undefined;
    this.#version = version;
    this.#selected = image && selectImage(image, this.#setup.rules).selected;
    const { text, contentOf } = this.#setup;
    if (text === undefined) return;
    const offered = image?.groups.filter((group) => contentOf(image.name, group) !== undefined) ?? [];
    const wanted = offered.flatMap(({ tags }) => tags).filter((tag) => this.#wants(image?.name ?? '', tag));
    this.#wanted = version !== undefined && image === undefined ? undefined : new Set(wanted);
  }

  #resolve(): { resolved: ResolvedImage | undefined; contents: Map<Digest, GroupContent> } {
    const contents = new Map<Digest, GroupContent>();
    if (this.#selected === undefined) return { resolved: undefined, contents };
    const { image, groups } = this.#selected;
    const resolved = groups.flatMap((selected): ResolvedGroup[] => {
      const content = this.#setup.contentOf(image, selected.group);
      if (content === undefined) return [];
      contents.set(content.digest, mergeContents(contents.get(content.digest), content));
      return [{ ...selected, digest: content.digest, ...(content.kept && { index: content.kept }) }];
    });
    return { resolved: { image, groups: resolved }, contents };
  }

  #lock(resolved: ResolvedImage | undefined, previous: LockedImage | undefined): LockedImage | undefined {
    const isRefused = this.#version !== undefined && !isImage(this.#version);
    const { configHash, upstream } = lockfileOf([]);
    const inputs = {
      configHash,
      upstream,
      previous: lockfileOf(listOf(previous)),
      refused: new Set(isRefused && this.#name !== undefined ? [this.#name] : []),
      wants: this.#wants,
    };
    return assembleLockfile(resolved === undefined ? [] : [resolved], inputs).images[0];
  }

  #countLines(after: LockedImage | undefined): number {
    const { text } = this.#setup;
    if (text === undefined) return 0;
    const lines = after === undefined ? [] : text.linesOf(after);
    const count = changedLines(this.#lines, lines);
    this.#lines = lines;
    return count;
  }

  #check(step: Pick<Parameters<typeof brokenPromises>[0], 'before' | 'after' | 'diff' | 'relock' | 'isNew'>): string[] {
    if (this.#name === undefined) return [];
    return brokenPromises({ ...step, image: this.#name, wanted: this.#wanted, earlier: this.#earlier });
  }
}

/** Whether there is something to pull: a digest that was not known, or another index of upstream to read for it. */
function isNews(content: GroupContent, known: GroupContent | undefined): boolean {
  return known === undefined || content.indexes.some((index) => !known.indexes.includes(index));
}

/** Indexes of upstream that differ only in what is left out are one at the mirror, and each is read. */
function mergeContents(one: GroupContent | undefined, other: GroupContent): GroupContent {
  if (one === undefined) return other;
  return { ...other, indexes: [...new Set([...one.indexes, ...other.indexes])] };
}

function listOf(image: LockedImage | undefined): LockedImage[] {
  return image === undefined ? [] : [image];
}

function without(resolved: ResolvedImage | undefined, unpublished: ReadonlySet<Digest>): ResolvedImage | undefined {
  return (
    resolved && {
      ...resolved,
      groups: resolved.groups.map((group) =>
        group.digest !== undefined && unpublished.has(group.digest) ? { ...group, digest: undefined } : group,
      ),
    }
  );
}

function newGroups(before: LockedImage | undefined, after: LockedImage | undefined): number {
  const known = new Set(lockedGroups(before).map(({ digest, tags }) => `${digest} ${tags.join(' ')}`));
  return lockedGroups(after).filter(({ digest, tags }) => !known.has(`${digest} ${tags.join(' ')}`)).length;
}

/**
 * Counted pulls where each tag of an image is pulled by itself, as `skopeo sync` by tag does on each run, and scripts that go
 * by changed files do for each tag of a file: for each tag upstream's index and all that it lists.
 */
function pullsByTag(image: LockedImage | undefined, contents: ReadonlyMap<Digest, GroupContent>): number {
  return lockedGroups(image).reduce((sum, { digest, tags }) => {
    const children = contents.get(digest)?.allChildren ?? 0;
    return sum + tags.length * (1 + manifestsOfChild * children);
  }, 0);
}
