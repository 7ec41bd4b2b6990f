// Generated from schema/mirrors.schema.json by `npm run generate`. Do not edit.

/**
 * A registry and the path below it: `public.ecr.aws/docker/library`, or a mapping where plain HTTP is needed. Environment variables are replaced in it.
 */
export type Alternate =
  | string
  | {
      /**
       * The name of the registry.
       */
      registry: string;
      /**
       * The path that the images lie below.
       */
      namespace: string;
      /**
       * Use plain HTTP instead of HTTPS.
       */
      insecure?: boolean;
    };
/**
 * A platform of official images, `os/architecture` or `os/architecture/variant`. `linux/arm64` is `linux/arm64/v8`, and `linux/arm` is `linux/arm/v7`, as everywhere in the world of containers. A platform stands for itself alone: `linux/arm/v7` does not match `linux/arm/v6`.
 */
export type Platform = string;
/**
 * An image pattern alone, which stands for every tag of the image, or a mapping. All fields of a rule must match; of the values in a field, one.
 */
export type Rule =
  | ImagePattern
  | {
      /**
       * The name of an official image, such as `alpine`, or a pattern for names. A glob must match the whole name: `*` is any text, also none, `?` is any one character, `[a-c]` one of these, `[!a-c]` any but these, `{mysql,mariadb}` either. Text between `/`, such as `/^open/`, is a regular expression as JavaScript has them, which may match anywhere in the name; `/…/i` ignores case. Put patterns in quotes.
       */
      image: string;
      /**
       * The tags: one pattern, or a list of which one must match. Left out: every tag.
       */
      tags?: TagPattern | TagPattern[];
      /**
       * The versions: one range, or a list of which one must hold the version that the tag begins with. Left out: every tag, with a version or without.
       */
      versions?: VersionRange | VersionRange[];
    };
/**
 * The name of an official image, such as `alpine`, or a pattern for names. A glob must match the whole name: `*` is any text, also none, `?` is any one character, `[a-c]` one of these, `[!a-c]` any but these, `{mysql,mariadb}` either. Text between `/`, such as `/^open/`, is a regular expression as JavaScript has them, which may match anywhere in the name; `/…/i` ignores case. Put patterns in quotes.
 */
export type ImagePattern = string;
/**
 * A tag, such as `bookworm-slim`, or a pattern for tags. A glob must match the whole tag: `*` is any text, also none, `?` is any one character, `[0-9]` one of these, `[!0-9]` any but these, `{alpine,slim}` either. Text between `/`, such as `/-rc\d*(-|$)/`, is a regular expression as JavaScript has them, which may match anywhere in the tag; `/…/i` ignores case. Put patterns in quotes, and numbers too: `"3.10"`.
 */
export type TagPattern = string;
/**
 * A range of versions as npm writes it: `>=3.12`, `^1.26`, `3.12 - 3.14`, `<2 || >=4`. It is compared with the version that the tag begins with: 3.13.2 for `3.13.2-slim-bookworm`. `3.13` and `3` stand for all versions that begin so, and match a range that holds all of them. A pre-release such as `3.14.0rc1` matches only a range that names a pre-release of the same version (`>=3.14.0-0`). A tag that begins with no version never matches. All rules, with examples: docs/versions.md.
 */
export type VersionRange = string;

/**
 * What to mirror of Docker Official Images, from where, and to where. `mirrorlock lock` expands it into `mirrors.lock.yaml`.
 */
export interface MirrorsYaml {
  /**
   * The version of this file's format: always `1`.
   */
  version: 1;
  upstream?: Upstream;
  source?: Source;
  /**
   * The registries that the images are copied to. `plan`, `apply` and `verify` need at least one; the other commands need none.
   *
   * @minItems 1
   */
  destinations?: Destination[];
  /**
   * The platforms to keep of each image. Leave it out to keep all, with upstream's own index and digest. With fewer platforms than upstream has, an image gets an index of its own, whose digest stands in the lockfile.
   *
   * @minItems 1
   */
  platforms?: Platform[];
  /**
   * Whether the attestations (SBOM and provenance) of what is kept are kept too: `keep`, or `drop` for images without any, which get an index of their own.
   */
  attestations?: 'keep' | 'drop';
  /**
   * Images of which other platforms or attestations are kept. Where several match an image, the first one that says something of a key counts for that key.
   *
   * @minItems 1
   */
  overrides?: Override[];
  images: Images;
  policy?: Policy;
}
/**
 * Where the list of official images comes from.
 */
export interface Upstream {
  /**
   * A URL that git can fetch from, or the path of a local repository, from the folder of this file. It holds no credentials: git's credential helpers give those.
   */
  repository?: string;
  /**
   * A branch, a tag, or the full hash of a commit.
   */
  ref?: string;
}
/**
 * The registry that the images are copied from.
 */
export interface Source {
  /**
   * The name of the registry; `docker.io` is the Docker Hub.
   */
  registry?: string;
  /**
   * The path that the images lie below.
   */
  namespace?: string;
  /**
   * Use plain HTTP instead of HTTPS, for a registry in a closed network. Never with `docker.io`.
   */
  insecure?: boolean;
  /**
   * Other places that hold the same digests. They are asked first, in this order and by digest only, and save pulls at the registry, which is asked last.
   *
   * @minItems 1
   */
  alternates?: Alternate[];
  /**
   * The most requests to send to the registry in a minute. Left out: 300 for `docker.io`, no limit elsewhere.
   */
  requestsPerMinute?: number;
}
/**
 * A registry that the images are copied to.
 */
export interface Destination {
  /**
   * What this destination is called in reports and by `--destination`: lower-case letters and digits, joined by `-`, `_` or `.`.
   */
  name: string;
  /**
   * The name of the registry.
   */
  registry: string;
  /**
   * The path to put the images below: `library` gives `registry.example.com/library/alpine`. Empty: right below the registry.
   */
  namespace: string;
  /**
   * Use plain HTTP instead of HTTPS, for a registry in a closed network. Never with `docker.io`.
   */
  insecure?: boolean;
}
/**
 * What is kept of an image, in place of what counts for all.
 */
export interface Override {
  /**
   * The image, or a pattern for several.
   */
  image: string;
  /**
   * The platforms to keep of it, or `all`.
   */
  platforms?: 'all' | Platform[];
  /**
   * Whether attestations of what is kept of it are kept too.
   */
  attestations?: 'keep' | 'drop';
}
/**
 * Which images and tags to mirror.
 */
export interface Images {
  /**
   * The rules that say what is wanted.
   *
   * @minItems 1
   */
  include: Rule[];
  /**
   * The rules that say what is not wanted after all.
   */
  exclude?: Rule[];
}
/**
 * What to do where there is a choice.
 */
export interface Policy {
  /**
   * What happens at the destination to a tag that leaves the lockfile, as when upstream no longer lists it: `keep` leaves it there; `prune` deletes it, but only where an earlier lockfile put it and where it still has that digest.
   */
  dropped?: 'keep' | 'prune';
}
