import { durationText } from '../core/duration.ts';
import type { ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import { counted, named, namedList } from '../core/words.ts';
import { isFixed } from '../diff/tag-words.ts';
import { type PendingGroup, pendingTexts } from './pending.ts';
import { tagWords } from './words.ts';

/** Something in a change that a reviewer does well to look at first. */
export type Finding =
  | DigestFinding
  /** The provenance of an image names another source commit than upstream's entry. */
  | {
      readonly kind: 'provenance';
      readonly image: ImageName;
      readonly tags: readonly Tag[];
      readonly named: string;
      readonly expected: string;
    }
  /** New vulnerabilities as severe as `review.vulnerabilities.failOn` says. */
  | {
      readonly kind: 'vulnerable';
      readonly image: ImageName;
      readonly tags: readonly Tag[];
      readonly ids: readonly string[];
    }
  /** Upstream is another repository than it was. */
  | { readonly kind: 'upstream'; readonly from: string; readonly to: string }
  /** An image of which no tag is left. */
  | { readonly kind: 'gone'; readonly image: ImageName; readonly removed: number }
  /** A series of versions of which no tag is left. */
  | { readonly kind: 'ended'; readonly image: ImageName; readonly series: string; readonly tags: readonly Tag[] }
  /** Tags that float, such as `edge`, and left without a successor. */
  | { readonly kind: 'floating'; readonly image: ImageName; readonly tags: readonly Tag[] }
  /** Tags without a version of their own that have another major version now, or an older version. */
  | {
      readonly kind: 'major' | 'back';
      readonly image: ImageName;
      readonly tags: readonly Tag[];
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: 'platforms';
      readonly image: ImageName;
      readonly tags: readonly Tag[];
      readonly lost: readonly PlatformText[];
    }
  | {
      readonly kind: 'many-removed';
      readonly image: ImageName;
      readonly removed: number;
      readonly added: number;
      readonly before: number;
    }
  | ({ readonly kind: 'pending' } & PendingGroup);

/** What the source and the earlier lockfiles say of a digest that tags get. */
export interface DigestFinding {
  /** Nobody knows it; a later merged lockfile had replaced it; its tags do not have it at the source now. */
  readonly kind: 'unknown' | 'rollback' | 'elsewhere';
  readonly image: ImageName;
  readonly tags: readonly Tag[];
}

/** What becomes at the destinations of tags that leave the lockfile. */
export interface DroppedPolicy {
  readonly dropped: 'keep' | 'prune';
  /** How long `prune` waits (ms). */
  readonly afterMs: number;
  /** Names of the destinations where `prune` deletes, and of the others. */
  readonly exclusive: readonly string[];
  readonly shared: readonly string[];
  /** When the tags leave, at the earliest; absent: not known. */
  readonly from?: Date;
}

/** How a finding is said: what it is, and a sentence with names in backquotes. */
export interface Said {
  readonly title: string;
  readonly text: string;
}

const shownTags = 8;

/** What a finding is said with. */
export interface FindingWords {
  readonly policy?: DroppedPolicy;
  /** Whether the rules have changed: then it may not be upstream that ended something. */
  readonly isByRules: boolean;
}

/** A finding in words: the same in the text of a pull request, in summaries and at a terminal. */
export function findingWords(finding: Finding, { policy, isByRules }: FindingWords): Said {
  switch (finding.kind) {
    case 'unknown': {
      const text = `${taggedText(finding)} to one that neither the source nor an earlier applied lockfile knows.`;
      return { title: 'Unknown digest', text };
    }
    case 'rollback':
      return {
        title: 'Rollback',
        text: `${taggedText(finding)} back to a digest that a later merged lockfile replaced.`,
      };
    case 'elsewhere': {
      const text = `${taggedText(finding)} to a digest that these tags do not have there now.`;
      return { title: 'Elsewhere at the source', text };
    }
    case 'provenance': {
      const { image, tags, named: source, expected } = finding;
      const text = `${named(image)}: ${tagWords(tags, shownTags)} says that it is built from ${named(source)}; upstream’s entry names ${named(expected)}.`;
      return { title: 'Built from another source', text };
    }
    case 'vulnerable': {
      const { image, tags, ids } = finding;
      return { title: 'New vulnerabilities', text: `${named(image)}: ${tagWords(tags)} has ${namedList(ids, 8)}.` };
    }
    case 'upstream':
      return { title: 'Upstream', text: `is ${named(finding.to)} now; it was ${named(finding.from)}.` };
    case 'gone':
      return {
        title: 'Gone',
        text: `${named(finding.image)} has no tag left: ${counted(finding.removed, 'tag')} removed${fate(policy)}.`,
      };
    case 'ended':
      return endedWords(finding, policy, isByRules);
    case 'floating':
      return {
        title: 'Floating tags left',
        text: `${named(finding.image)}: ${tagWords(finding.tags)} without a successor${fate(policy)}.`,
      };
    case 'back':
      return { title: 'Back to an older version', text: stepText(finding) };
    case 'major':
      return { title: 'Another major version', text: stepText(finding) };
    case 'platforms': {
      const { image, tags, lost } = finding;
      const text = `${named(image)}: ${tagWords(tags, shownTags)} without ${namedList(lost, 20)}.`;
      return { title: 'Platforms lost', text };
    }
    case 'many-removed': {
      const { image, removed, before, added } = finding;
      const text = `${named(image)} loses ${removed} of ${before} tags without a successor and gains ${added}${fate(policy)}.`;
      return { title: 'Many removals', text };
    }
    case 'pending':
      return { title: 'Pending', text: pendingTexts([finding]).join(' ') };
  }
}

/** Findings of one kind in words. Pending groups of an image are said together where they are many. */
export function kindWords(findings: readonly Finding[], words: FindingWords): Said[] {
  const pending = findings.flatMap((finding) => (finding.kind === 'pending' ? [finding] : []));
  const others = findings.filter(({ kind }) => kind !== 'pending');
  return [
    ...others.map((finding) => findingWords(finding, words)),
    ...pendingTexts(pending).map((text) => ({ title: 'Pending', text })),
  ];
}

function taggedText({ image, tags }: DigestFinding): string {
  return `${named(image)}: ${tagWords(tags, shownTags)}`;
}

function endedWords(
  { image, series, tags }: Extract<Finding, { kind: 'ended' }>,
  policy: DroppedPolicy | undefined,
  isByRules: boolean,
): Said {
  const floating = tags.filter((tag) => !isFixed(tag));
  const shown = (floating.length > 0 ? floating : tags).slice(0, 3).map((tag) => `${image}:${tag}`);
  const stay = `${namedList(shown)} ${shown.length === 1 ? 'stays' : 'stay'} frozen`;
  const [title, what] = isByRules ? ['Left the rules', 'is in the lockfile no more'] : ['Ended', 'has ended'];
  return {
    title,
    text: `${named(image)} ${named(series)} ${what}, with ${counted(tags.length, 'tag')}; ${stay}${fate(policy)}.`,
  };
}

function stepText({ image, tags, from, to }: Extract<Finding, { kind: 'back' | 'major' }>): string {
  return `${named(image)}: ${tagWords(tags, shownTags)} from ${named(from)} to ${named(to)}.`;
}

/** What becomes of tags that left, as the end of a sentence. */
function fate(policy: DroppedPolicy | undefined): string {
  if (policy === undefined) return '';
  if (!isPruned(policy)) return ', kept at the destinations';
  const day = deletionDay(policy);
  return day === undefined
    ? `, deleted by prune after ${durationText(policy.afterMs)}`
    : `, deleted by prune from ${day} on`;
}

function isPruned({ dropped, exclusive }: DroppedPolicy): boolean {
  return dropped === 'prune' && exclusive.length > 0;
}

function deletionDay({ from, afterMs }: DroppedPolicy): string | undefined {
  return from && new Date(from.getTime() + afterMs).toISOString().slice(0, 10);
}

/** What `prune` does to tags that left, where, and when at the earliest; `undefined` where it keeps them all. */
function policyLine(policy: DroppedPolicy): string | undefined {
  const { dropped, afterMs, exclusive, shared } = policy;
  if (dropped === 'keep') return undefined;
  if (exclusive.length === 0) return 'Prune deletes nothing: no destination is `exclusive`.';
  const day = deletionDay(policy);
  const when = day === undefined ? '' : `, on ${day} at the earliest`;
  const kept = shared.length === 0 ? '' : `; ${namedList(shared)} keeps all, not being \`exclusive\``;
  return `Prune deletes at ${namedList(exclusive)} what left ${durationText(afterMs)} ago${when}${kept}.`;
}

/** Findings of tags that left. */
const leavingKinds: readonly Finding['kind'][] = ['gone', 'ended', 'floating', 'many-removed'];

/** A sentence on what the policy does to the tags that left; nothing where none did or nothing is to be said. */
export function policyWords(findings: readonly Finding[], { policy }: FindingWords): string[] {
  if (policy === undefined || !findings.some(({ kind }) => leavingKinds.includes(kind))) return [];
  return [policyLine(policy) ?? []].flat();
}
