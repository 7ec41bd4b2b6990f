import { groupBy } from '../core/group-by.ts';
import type { ImageName } from '../core/names.ts';
import { counted } from '../core/words.ts';
import type { LockDiff, Rebuild } from '../diff/types.ts';
import { tagWords } from './words.ts';

/** Why groups were rebuilt. Without evidence no more is known than which image they are of. */
export type Cause = { readonly kind: 'image'; readonly image: string };

/** Gives the cause of a rebuilt group: groups of equal causes are told in one line. */
export type CauseOf = (image: ImageName, rebuild: Rebuild) => Cause;

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

/** A cause and what it rebuilt, in one line: `golang`: 12 groups (`1.26.7-trixie`, …). Names stand in backquotes. */
export function causeLine({ cause, groups, images }: CausedRebuilds): string {
  switch (cause.kind) {
    case 'image':
      return `\`${cause.image}\`: ${counted(groups, 'group')} (${tagWords(
        images.flatMap(({ tags }) => tags),
        2,
      )})`;
  }
}
