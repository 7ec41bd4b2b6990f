import type { Tag } from '../core/names.ts';
import { isWanted, judgeTag, rulesForImage } from '../select/select.ts';
import type { Rules } from '../select/types.ts';
import { isPending, type LockedImage } from './types.ts';

/** Whether a tag of an image is wanted. */
export type IsWanted = (image: string, tag: Tag) => boolean;

/** The tags that `rules` want, as select has it, without asking whether upstream lists them. */
export function wantedByRules(rules: Rules): IsWanted {
  const ofImages = new Map<string, Rules>();
  return (image, tag) => {
    const ofImage = ofImages.get(image) ?? rulesForImage(rules, image);
    ofImages.set(image, ofImage);
    return isWanted(judgeTag(ofImage, tag));
  };
}

/** The image with only its wanted tags; entries without one are left out. */
export function keepWanted({ image, entries }: LockedImage, wants: IsWanted): LockedImage {
  const wanted = (tags: readonly Tag[]) => tags.filter((tag) => wants(image, tag));
  const kept = entries.map((entry) =>
    isPending(entry) ? { ...entry, pending: wanted(entry.pending) } : { ...entry, tags: wanted(entry.tags) },
  );
  return { image, entries: kept.filter((entry) => (isPending(entry) ? entry.pending : entry.tags).length > 0) };
}
