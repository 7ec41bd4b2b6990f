import { groupBy } from '../core/group-by.ts';
import type { ImageName, Tag } from '../core/names.ts';
import { counted, named } from '../core/words.ts';
import { tagWords } from './words.ts';

/** A group that is announced upstream and not published. */
export interface PendingGroup {
  readonly image: ImageName;
  readonly tags: readonly Tag[];
  /** The tag that the source was asked for; absent: not known. */
  readonly asked?: Tag;
  /** Tags that it replaces once it is published; absent: none. */
  readonly stays?: readonly Tag[];
  /** Whether the source has an index of it, which lacks announced platforms. */
  readonly hasIndex: boolean;
}

/** So many groups of an image have a sentence of their own. */
const saidAlone = 3;
const shownTags = 8;

/** Groups that are pending since the change, a text each; or one for those of an image, where they are many. */
export function pendingTexts(groups: readonly PendingGroup[]): string[] {
  return bySentence(groups).map((own) => {
    const [first] = own;
    const stays = own.flatMap((group) => group.stays ?? []);
    const isOne = own.length === 1;
    const until = isOne ? 'it is published' : 'their successors are published';
    const left =
      stays.length === 0 ? '' : ` ${tagWords(stays)} ${stays.length === 1 ? 'stays' : 'stay'} until ${until}.`;
    const locked = isOne ? 'A tag that is locked already stays where it is' : 'Tags that are locked already stay';
    const what = isOne ? tagWords(first.tags, shownTags) : groupsWords(own);
    return `${named(first.image)}: ${what} announced upstream, not published yet${askedText(own)}. ${locked}.${left}`;
  });
}

/** Groups that stay pending, in a line each; or in one for those of an image, where they are many. */
export function stillPendingLines(groups: readonly PendingGroup[]): string[] {
  return bySentence(groups).map((own) => {
    const what = own.length === 1 ? tagWords(own[0].tags) : groupsWords(own);
    return `${named(own[0].image)}: ${what}${askedText(own)}`;
  });
}

type Groups = readonly [PendingGroup, ...PendingGroup[]];

/** The groups of each image that the source answered alike, together where they are many. */
function bySentence(groups: readonly PendingGroup[]): Groups[] {
  const alike = groupBy(groups, ({ image, hasIndex }) => `${image} ${hasIndex}`);
  return [...alike.values()].flatMap((own): Groups[] => {
    const [first, ...more] = own;
    if (first === undefined) return [];
    return own.length > saidAlone ? [[first, ...more]] : own.map((one): Groups => [one]);
  });
}

function groupsWords(own: Groups): string {
  const tags = own.reduce((sum, group) => sum + group.tags.length, 0);
  return `${counted(own.length, 'group')} with ${counted(tags, 'tag')}`;
}

/** Which tags the source was asked for, and why those. */
function askedText(own: Groups): string {
  const [{ image, hasIndex }] = own;
  const asked = own.flatMap((group) => group.asked ?? []);
  const [first] = asked;
  if (first === undefined) return '';
  if (own.length === 1) return `; ${askedWords(image, first, hasIndex)}`;
  const answer = hasIndex ? 'they lack announced platforms' : 'the source does not have them';
  return `; asked for ${tagWords(asked, shownTags)}, which upstream lists first of each: ${answer}`;
}

/** Which tag of a pending group the source was asked for, and why that one. */
function askedWords(image: string, asked: string, hasIndex: boolean): string {
  const answer = hasIndex ? 'it lacks announced platforms' : 'the source does not have it';
  return `asked for ${named(`${image}:${asked}`)}, which upstream lists first of this group: ${answer}`;
}
