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

/** What one platform of an entry is built from: one child of the entry's index. */
export interface Build {
  readonly platform: PlatformText;
  /** A hash of what decides the build on this platform: repository, commit, directory, file and builder. */
  readonly source: string;
  /** The tags of the entry. */
  readonly tags: readonly Tag[];
}

/** Where one platform of an entry is built from (bashbrew, `ArchGitRepo` and its neighbours), as the entry says it. */
export interface EntrySource {
  readonly platform: PlatformText;
  readonly repository: string;
  readonly commit: string;
  readonly directory: string;
  readonly file: string;
}

/** The tags that point at one image: an entry's `Tags`, or a set of `SharedTags`. */
export interface Group {
  /** In upstream's order, the most specific first. */
  readonly tags: readonly Tag[];
  /** In the order of bashbrew's architecture names, each once. */
  readonly platforms: readonly PlatformText[];
  readonly shared: boolean;
  /** What its index is made of, of all its entries in order; only where the reader was asked for it. */
  readonly builds?: readonly Build[];
  /** Where its platforms are built from, of all its entries in order; only where the reader was asked for it. */
  readonly sources?: readonly EntrySource[];
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
 * A file that is left out, and the rule that it breaks: bashbrew would refuse it, or it is not a readable file of an image.
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

/** A file that a commit added, changed or removed in `library/`. */
export interface FileChange {
  readonly name: string;
  /** Git's name of the new content; absent where the file was removed. */
  readonly blob?: string;
  /** Git's mode of the new content, such as `100644`. */
  readonly mode: string;
}

/** A commit of the branch, and what it changed against the one before. */
export interface HistoryCommit {
  readonly sha: string;
  /** When it was committed, in seconds since 1970; never before the commit that it follows. */
  readonly time: number;
  readonly changes: readonly FileChange[];
}

/** A part of upstream's history, along the first parents of one commit. */
export interface UpstreamHistory {
  /** As `UpstreamSnapshot.commit.repository`. */
  readonly repository: string;
  /** Oldest first. The first one is where it begins: all of its files are changes. */
  readonly commits: readonly HistoryCommit[];
  /** When the last commit was made that the branch has, in the range or after it, in seconds since 1970. */
  readonly lastTime: number;
  /** The contents of files by `FileChange.blob`; those that are too large to be read are absent. */
  readonly texts: ReadonlyMap<string, string>;
  readonly notes: readonly Problem[];
}

/** A commit of upstream, and the files in `library/` that it changed. */
export interface LoggedCommit {
  readonly sha: string;
  readonly isMerge: boolean;
  /** In one line without control characters; else as upstream writes it. */
  readonly subject: string;
  /** Names of files. */
  readonly files: readonly string[];
}

/**
 * The commits between two, the newest last. `absent`: upstream does not have the earlier one; `apart`: it is not an
 * ancestor of the later one, as far as upstream has its history.
 */
export type UpstreamLog =
  | { readonly state: 'read'; readonly commits: readonly LoggedCommit[] }
  | { readonly state: 'absent' | 'apart' };

/** What the cache has of many commits of upstream, and of the way from one to another. */
export interface UpstreamSeries {
  /** The wanted files of a commit, in git's order; undefined where the cache does not have all of them. */
  files(commit: string): readonly LibraryFile[] | undefined;
  /** Undefined where the commits do not follow the first one: `openLog` reads those. */
  log(since: string, until: string): UpstreamLog | undefined;
}
