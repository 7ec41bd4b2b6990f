import { groupBy } from '../core/group-by.ts';
import { fold, list } from '../core/markdown/blocks.ts';
import { code } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import { tagList } from '../diff/markdown.ts';

/** Something in a change that a reviewer does well to look at first. */
export type Finding =
  | DigestFinding
  /** Upstream is another repository than it was. */
  | { readonly kind: 'upstream'; readonly from: string; readonly to: string }
  /** An image of which no tag is left. */
  | { readonly kind: 'gone'; readonly image: ImageName; readonly removed: number }
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
  | { readonly kind: 'pending'; readonly image: ImageName; readonly tags: readonly Tag[] };

/** What the source and the earlier lockfiles say of a digest that tags get. */
export interface DigestFinding {
  /** Nobody knows it; a later merged lockfile had replaced it; its tags do not have it at the source now. */
  readonly kind: 'unknown' | 'rollback' | 'elsewhere';
  readonly image: ImageName;
  readonly tags: readonly Tag[];
}

/** Tags of an image that go from one digest to another, moved or rebuilt. */
export interface Step {
  readonly from: Digest;
  readonly to: Digest;
  readonly tags: readonly Tag[];
}

const shownOfAKind = 8;
const shownTags = 8;

/** The section on what to look at first; nothing where there is nothing. `dropped` is the policy for tags that leave. */
export function findingsSection(findings: readonly Finding[], dropped?: 'keep' | 'prune'): Markdown[] {
  if (findings.length === 0) return [];
  const kinds = [...groupBy(findings, ({ kind }) => kind).values()];
  const lines = (part: (own: readonly Finding[]) => readonly Finding[]) =>
    kinds.flatMap((own) => part(own).map((finding) => findingLine(finding, dropped)));
  const first = lines((own) => own.slice(0, shownOfAKind));
  const more = lines((own) => own.slice(shownOfAKind));
  const rest = more.length === 0 ? [] : [fold(`${more.length} more of these`, list(more))];
  return [joinMarkdown([md`### Look at first`, list(first), ...rest], '\n\n')];
}

function findingLine(finding: Finding, dropped: 'keep' | 'prune' | undefined): Markdown {
  switch (finding.kind) {
    case 'unknown':
      return md`**Unknown digest:** ${tagsText(finding)} to one that neither the source nor an earlier applied lockfile knows.`;
    case 'rollback':
      return md`**Rollback:** ${tagsText(finding)} back to a digest that a later merged lockfile replaced.`;
    case 'elsewhere':
      return md`**Elsewhere at the source:** ${tagsText(finding)} to a digest that these tags do not have there now.`;
    case 'upstream':
      return md`**Upstream** is ${code(finding.to)} now; it was ${code(finding.from)}.`;
    case 'gone':
      return md`**Gone:** ${code(finding.image)} has no tag left; the ${finding.removed} removed${fate(dropped)}.`;
    case 'back':
      return md`**Back to an older version:** ${stepText(finding)}`;
    case 'major':
      return md`**Another major version:** ${stepText(finding)}`;
    case 'platforms':
      return md`**Platforms lost:** ${code(finding.image)}: ${tagList(finding.tags, shownTags)} without ${joinMarkdown(finding.lost.map(code), ', ')}.`;
    case 'many-removed':
      return md`**Many removals:** ${code(finding.image)} loses ${finding.removed} of ${finding.before} tags and gains ${finding.added}; those removed${fate(dropped)}.`;
    case 'pending':
      return md`**Pending:** ${code(finding.image)}: ${tagList(finding.tags, shownTags)} announced upstream, not published yet; a tag that is locked already stays where it is.`;
  }
}

function tagsText({ image, tags }: DigestFinding): Markdown {
  return md`${code(image)}: ${tagList(tags, shownTags)}`;
}

function stepText({ image, tags, from, to }: Extract<Finding, { kind: 'back' | 'major' }>): Markdown {
  return md`${code(image)}: ${tagList(tags, shownTags)} from ${code(from)} to ${code(to)}.`;
}

function fate(dropped: 'keep' | 'prune' | undefined): Markdown {
  if (dropped === undefined) return md` leave the lockfile`;
  return dropped === 'keep' ? md` stay at the destinations` : md` will be deleted from the destinations`;
}
