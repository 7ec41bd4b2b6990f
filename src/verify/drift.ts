import type { Damage } from '../apply/deep/look.ts';
import type { Digest, ImageName } from '../core/names.ts';
import type { GroupState } from '../plan/types.ts';

/** One way in which a destination differs from the lockfile. */
export type Drift =
  | { readonly kind: 'missing'; readonly image: ImageName; readonly tag: string; readonly wanted: Digest }
  | {
      readonly kind: 'different';
      readonly image: ImageName;
      readonly tag: string;
      readonly wanted: Digest;
      readonly seen: Digest;
    }
  | { readonly kind: 'extra'; readonly image: ImageName; readonly tag: string }
  | Broken;

/** What a destination has and does not serve as it is named. */
export interface Broken {
  readonly kind: 'broken';
  readonly image: ImageName;
  /** The first of `tags`. */
  readonly tag: string;
  /** The locked tags that need it. */
  readonly tags: readonly string[];
  readonly what: 'tag' | 'manifest' | 'blob';
  readonly digest: Digest;
  readonly repository: string;
  /** What is wrong, in words. */
  readonly reason: string;
}

/** The repository of an image at a destination. */
type RepositoryOf = (image: ImageName) => string;

/** The tags that are missing, differ or are broken, in the lockfile's order. Pure. */
export function findDrift(states: readonly GroupState[], repositoryOf: RepositoryOf = (image) => image): Drift[] {
  return states.flatMap(({ image, tags }) =>
    tags
      .filter(({ seen, wanted }) => seen !== wanted)
      .map(
        ({ tag, wanted, seen, broken }): Drift =>
          broken !== undefined
            ? brokenTag(image, tag, wanted, repositoryOf(image), broken.message)
            : seen === undefined
              ? { kind: 'missing', image, tag, wanted }
              : { kind: 'different', image, tag, wanted, seen },
      ),
  );
}

/** What a deep look found damaged. Pure. */
export function findBroken(damage: readonly Damage[], repositoryOf: RepositoryOf): Drift[] {
  return damage.map(({ image, tags, what, digest, reason }) => ({
    ...{ kind: 'broken', image, tag: tags[0] ?? digest, tags, what, digest },
    ...{ repository: repositoryOf(image), reason },
  }));
}

function brokenTag(image: ImageName, tag: string, digest: Digest, repository: string, reason: string): Broken {
  return { kind: 'broken', image, tag, tags: [tag], what: 'tag', digest, repository, reason };
}

/** The tags of a repository that the lockfile does not name, sorted and each once. `listed` may be absent (no such repository). */
export function findExtra(
  image: ImageName,
  locked: ReadonlySet<string>,
  listed: readonly string[] | undefined,
): Drift[] {
  return [...new Set(listed ?? [])]
    .filter((tag) => !locked.has(tag))
    .sort()
    .map((tag) => ({ kind: 'extra', image, tag }));
}
