import { defined } from '../core/defined.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import { cleanText } from '../core/text.ts';
import { diffLockfiles } from '../diff/diff.ts';
import type { ImageDiff, LockDiff } from '../diff/types.ts';
import { scanImage, splitLockfile } from '../lock/scan.ts';
import { isPending, type LockedImage, type Lockfile } from '../lock/types.ts';
import { type ChangeCause, noChanges, type PendingTags, type Week, weekOf, withEmptyWeeks } from './weeks.ts';

/** A commit that changed the lockfile. */
export interface Version {
  readonly commit: string;
  /** In seconds since the epoch. */
  readonly time: number;
  readonly subject: string;
}

/** What happened to a tag: `first` is where the history begins, `rebuilt` a new digest of the same tags. */
export type ChangeKind = 'first' | 'added' | 'moved' | 'rebuilt' | 'removed';

export interface TagEvent {
  /** Its place among the versions. */
  readonly version: number;
  readonly kind: ChangeKind;
  /** Its kind, where no cause is known; absent of the first one. */
  readonly cause?: ChangeCause;
  /** The digest since then; absent where the tag was removed. */
  readonly digest?: Digest;
  /** Why, as far as the lockfiles and what is kept of upstream say: a clause that goes on after “since”. */
  readonly why?: string;
  /** Where upstream's forge shows it: a URL by https. */
  readonly link?: string;
}

/** Why a tag changed: a clause that goes on after “since”, and a page of upstream's forge. */
export interface Why {
  readonly text?: string;
  /** Absent: not known. */
  readonly cause?: ChangeCause;
  /** A URL by https. */
  readonly link?: string;
}

/** Gives why a tag of an image went to a digest, or left. */
export type WhyOf = (image: ImageName, kind: ChangeKind, to: Digest | undefined) => Why;

/** What one version changed, of the images that differ only. */
export interface VersionChange {
  /** Its place among the versions. */
  readonly version: number;
  readonly before: Lockfile;
  readonly after: Lockfile;
  readonly diff: LockDiff;
}

/** The history of one image: the events of each tag, the oldest first. */
export type ImageHistory = ReadonlyMap<Tag, readonly TagEvent[]>;

export interface History {
  /** The oldest first. */
  readonly versions: readonly Version[];
  readonly images: ReadonlyMap<ImageName, ImageHistory>;
  readonly weeks: readonly Week[];
  /** Whether earlier versions are missing, as in a shallow clone. */
  readonly isCut: boolean;
}

/** What happens to a tag from one version to the next. */
interface TagChanged {
  readonly kind: Exclude<ChangeKind, 'first'>;
  readonly tag: Tag;
  readonly digest?: Digest;
  readonly why?: string;
  readonly cause?: ChangeCause;
}

interface Known {
  /** The lines of the image, to see whether they differ. */
  readonly lines: string;
  readonly image: LockedImage;
  readonly pending: number;
}

const byRules = 'the rules of mirrors.yaml changed';
const nothing: Lockfile = { configHash: '', upstream: { repository: '', commit: '' }, images: [] };

/** Gathers what changed from version to version of a lockfile. Only images whose lines differ are read again. */
export class HistoryBuilder {
  readonly #versions: Version[] = [];
  readonly #images = new Map<ImageName, Map<Tag, TagEvent[]>>();
  readonly #pending = new Map<string, PendingTags>();
  #known = new Map<string, Known>();
  #head: Omit<Lockfile, 'images'> | undefined;
  #change: VersionChange | undefined;

  /** Adds the next version in its written form; false where it has another, or cannot be read: see {@link addParsed}. */
  addText(version: Version, text: string): boolean {
    const sections = splitLockfile(text);
    if (sections === undefined) return false;
    const known = new Map<string, Known>();
    for (const [name, lines] of sections.images) {
      const before = this.#known.get(name);
      const image = before?.lines === lines ? before.image : scanImage(name, lines);
      if (image === undefined) return false;
      known.set(name, before?.image === image ? before : knownOf(image, lines));
    }
    this.#add(version, known, sections.head);
    return true;
  }

  /** Adds the next version; an absent lockfile has nothing locked. */
  addParsed(version: Version, lockfile: Lockfile | undefined): void {
    const known = (lockfile?.images ?? []).map(
      (image) => [image.image, knownOf(image, JSON.stringify(image))] as const,
    );
    this.#add(version, new Map(known), lockfile ?? nothing);
  }

  /** @param isCut whether earlier versions are missing */
  history(isCut: boolean): History {
    const weeks = new Map([...this.#pending.keys()].map((from) => [from, { from, counts: noChanges(), pending: 0 }]));
    const weekOfVersion = this.#versions.map(({ time }) => weeks.get(weekOf(time)));
    for (const tags of this.#images.values())
      for (const events of tags.values())
        for (const { version, cause } of events) {
          const week = weekOfVersion[version];
          if (week !== undefined && cause !== undefined) week.counts[cause] += 1;
        }
    const all = withEmptyWeeks([...weeks.values()], this.#pending);
    return { versions: this.#versions, images: this.#images, weeks: all, isCut };
  }

  /** What the version that was added last changed; undefined of the first one. */
  lastChange(): VersionChange | undefined {
    return this.#change;
  }

  /** Says why tags changed in a version, where the lockfiles did not say it already. */
  explain({ version, diff }: VersionChange, whyOf: WhyOf): void {
    for (const { image } of diff.images) {
      const tags = this.#images.get(image);
      for (const [tag, events] of tags ?? []) {
        const at = events.findLastIndex((event) => event.version === version);
        const event = events[at];
        if (event === undefined || event.why === byRules) continue;
        const { text, link, cause } = whyOf(image, event.kind, event.digest);
        const why = event.why ?? (cleanText(text ?? '') || undefined);
        const told = {
          ...event,
          ...defined({ why, link: isSafeLink(link) ? link : undefined }),
          ...defined({ cause: event.why === undefined ? cause : undefined }),
        };
        tags?.set(tag, events.with(at, told));
      }
    }
  }

  #add(version: Version, known: Map<string, Known>, head: Omit<Lockfile, 'images'>): void {
    const names = new Set([...this.#known.keys(), ...known.keys()]);
    const changed = [...names].filter((name) => this.#known.get(name)?.image !== known.get(name)?.image);
    const imagesOf = (from: ReadonlyMap<string, Known>) => changed.flatMap((name) => from.get(name)?.image ?? []);
    const { configHash, upstream } = head;
    const before: Lockfile = { ...(this.#head ?? nothing), images: imagesOf(this.#known) };
    const after: Lockfile = { configHash, upstream, images: imagesOf(known) };
    const diff = diffLockfiles(before, after);
    const isFirst = this.#versions.length === 0;
    const hasNewRules = !isFirst && before.configHash !== configHash;
    const at = this.#versions.push(version) - 1;
    this.#change = isFirst ? undefined : { version: at, before, after, diff };
    for (const own of diff.images) {
      for (const { kind, tag, digest, why, cause = kind } of changesOf(own)) {
        const isByRules = hasNewRules && (kind === 'added' || kind === 'removed');
        this.#event(own.image, tag, {
          version: at,
          kind: isFirst ? 'first' : kind,
          ...(isFirst ? {} : { cause: isByRules ? 'rules' : cause }),
          ...defined({ digest, why: isByRules ? byRules : why }),
        });
      }
    }
    const monday = weekOf(version.time);
    const pending = [...known.values()].reduce((sum, own) => sum + own.pending, 0);
    this.#pending.set(monday, { most: Math.max(this.#pending.get(monday)?.most ?? 0, pending), last: pending });
    this.#known = known;
    this.#head = { configHash, upstream };
  }

  #event(image: ImageName, tag: Tag, event: TagEvent): void {
    const tags = this.#images.get(image) ?? new Map<Tag, TagEvent[]>();
    this.#images.set(image, tags);
    tags.set(tag, [...(tags.get(tag) ?? []), event]);
  }
}

/** Addresses come from what upstream wrote: of others a page makes no link. */
function isSafeLink(link = ''): boolean {
  return /^https:\/\/[!-~]+$/.test(link) && !/["'<>`\\]/.test(link) && URL.canParse(link);
}

function knownOf(image: LockedImage, lines: string): Known {
  const pending = image.entries.reduce((sum, entry) => sum + (isPending(entry) ? entry.pending.length : 0), 0);
  return { image, lines, pending };
}

/** What happens to each tag of an image, and why as far as the lockfiles say. */
function changesOf({
  releases,
  rebuilt,
  moved,
  added,
  ended,
  floating,
  removed,
  awaiting = [],
}: ImageDiff): TagChanged[] {
  const left = (tags: readonly { readonly tag: Tag }[], why?: string, cause?: ChangeCause) =>
    tags.map(({ tag }): TagChanged => ({ kind: 'removed', tag, ...defined({ why, cause }) }));
  const cause = 'release';
  return [
    ...releases.flatMap(({ version: { from, to }, to: digest, ...release }) => [
      ...release.tags.map((tag): TagChanged => ({ kind: 'moved', tag, digest, why: `${from} became ${to}`, cause })),
      ...release.added.map((tag): TagChanged => ({ kind: 'added', tag, digest, why: `${to} replaced ${from}`, cause })),
      ...left(release.replaced, `${to} replaced it`, cause),
    ]),
    ...rebuilt.flatMap(({ tags, to }) => tags.map((tag): TagChanged => ({ kind: 'rebuilt', tag, digest: to }))),
    ...moved.map(({ tag, to }): TagChanged => ({ kind: 'moved', tag, digest: to })),
    ...added.map(({ tag, digest }): TagChanged => ({ kind: 'added', tag, digest })),
    ...ended.flatMap(({ series, tags }) => left(tags, `${series} has ended`, 'ended')),
    ...left([...floating, ...removed]),
    ...awaiting.flatMap((own) => left([own], `${own.until} is announced, and not published yet`)),
  ];
}
