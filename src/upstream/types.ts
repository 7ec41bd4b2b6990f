import type { ImageName, Tag } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Problem } from '../core/problem.ts';

/** Which upstream to read: a URL or local path, and a branch, tag or commit. */
export interface UpstreamAddress {
  readonly repository: string;
  readonly ref: string;
}

/** A commit of upstream's history. `sha` is 40 (or 64) hexadecimal digits. */
export interface UpstreamCommit {
  readonly repository: string;
  readonly sha: string;
}

/** One file in `library/`, as text. `blob` is git's name of its content. */
export interface LibraryFile {
  readonly name: string;
  readonly blob: string;
  readonly text: string;
}

/** The tags that point at one image: an entry's `Tags`, or a set of `SharedTags`. */
export interface Group {
  /** In upstream's order, the most specific first. */
  readonly tags: readonly Tag[];
  /** In the order of bashbrew's architecture names, each once. */
  readonly platforms: readonly PlatformText[];
  readonly shared: boolean;
}

/** What a library file says. A retired image has no groups. */
export interface UpstreamImage {
  readonly name: ImageName;
  /** Entries after merging those with the same build. */
  readonly entryCount: number;
  /** Entries in the file's order; a set of shared tags follows the first entry that carries it. No tag stands in two. */
  readonly groups: readonly Group[];
}

/**
 * A file that is left out, and the rule that it breaks: bashbrew would refuse it, or it is no readable file of an image.
 * What is not of this project's making in it (`image`, `file`, `value`) is fit to print.
 */
export interface Refusal {
  readonly image: string;
  readonly file: string;
  /** From 1; absent where the rule is not about a line. */
  readonly line?: number;
  readonly commit: string;
  /** A stable name of the rule, such as `upstream/bad-line`. */
  readonly code: string;
  readonly message: string;
  readonly value?: string;
}

/** The whole library at one commit: images sorted by name. */
export interface Library {
  readonly commit: UpstreamCommit;
  readonly images: readonly UpstreamImage[];
  readonly refusals: readonly Refusal[];
}

/** Upstream's files at one commit, as git has them. */
export interface UpstreamSnapshot {
  readonly commit: UpstreamCommit;
  /** In git's order. */
  readonly files: readonly LibraryFile[];
  /** What stands in `library/` and is no file that can be read, such as a symbolic link. */
  readonly refusals: readonly Refusal[];
  /** What a user may want to know about the way there, such as a cache that was made anew. */
  readonly notes: readonly Problem[];
}
