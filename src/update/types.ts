import type { CommitIdentity } from '../forge/git/commit.ts';
import type { FileChanges } from '../forge/git/files.ts';
import type { HistoryEntry } from '../forge/git/read.ts';
import type { Proposal } from '../forge/types.ts';

/** What locking and rendering would change at the tip of the base branch, and how a proposal of it reads. */
export interface Change {
  /** By path from the top of the git repository. */
  readonly files: FileChanges;
  /** A name of the files' contents: equal contents have equal names. */
  readonly content: string;
  readonly title: string;
  /** Markdown, with the markers of {@link contentKey} and {@link wordsKey}. */
  readonly body: string;
  /** A name of title and body. */
  readonly words: string;
}

/** The bot's branch, as the remote has it. */
export interface BranchState {
  readonly name: string;
  readonly tip: string;
  /** Its commits that the base has not and the bot did not make. */
  readonly foreign: readonly HistoryEntry[];
  /** Whether it holds just what the change is. */
  readonly isCurrent: boolean;
}

/** All that is decided on. */
export interface Situation {
  readonly change: Change | undefined;
  readonly branch: BranchState | undefined;
  /** Open proposals from the bot's branch to the base, the oldest first. */
  readonly open: readonly Proposal[];
  /** A proposal of this very content that a person closed. */
  readonly declined: Proposal | undefined;
  /** Workflow files that are out of date and that the token may not push, sorted. */
  readonly left: readonly string[];
  /** Whether a person allowed the commits of others to be overwritten, by a label or a checkbox. */
  readonly mayOverwrite: boolean;
}

/** One write, or several that belong together. They are done in order, and each may be done a second time. */
export type Step =
  | { readonly do: 'push' }
  | { readonly do: 'open' }
  | { readonly do: 'edit'; readonly number: number }
  | { readonly do: 'comment'; readonly number: number; readonly key: string; readonly text: string }
  | { readonly do: 'close'; readonly number: number; readonly key: string; readonly text: string }
  | { readonly do: 'issue'; readonly key: string; readonly title: string; readonly text: string }
  | { readonly do: 'delete-branch' };

/**
 * Where people see what a decision leads to: in what is done, in the pull request that waits for its review, or in a comment
 * or an issue, put once, when the bot begins to wait for somebody. `nothing waits` needs none.
 */
export type Sign = 'what is done' | 'the pull request' | 'a comment' | 'an issue' | 'nothing waits';

/** What is to be done, and why. */
export interface Decision {
  /** The row of the table. */
  readonly row: string;
  /** One sentence for people. */
  readonly says: string;
  readonly steps: readonly Step[];
}

/** The marker by which a proposal tells which contents it carries. */
export function contentKey(content: string): string {
  return `content:${content}`;
}

/** The marker by which a proposal tells which title and text the bot gave it. */
export function wordsKey(words: string): string {
  return `words:${words}`;
}

/** Whether the bot has finished with a proposal that it opened: until then its text tells no title and text of the bot's. */
export function isFinished(body: string): boolean {
  return /<!-- mirrorlock:words:\w+ -->/.test(body);
}

/** The checkbox of a proposal that lets the bot overwrite the commits of others. */
export const overwriteBox = 'Let mirrorlock overwrite the commits of others on this branch';
/** The label that does the same. */
export const overwriteLabel = 'mirrorlock:overwrite';

/** Whom the bot's commits are by: what is by anybody else is never overwritten. */
export const bot: CommitIdentity = { name: 'mirrorlock', email: 'mirrorlock@localhost' };

/** Whether a commit is the bot's own, not changed by anybody since. */
export function isOwn({ authorEmail, committerEmail, parents }: HistoryEntry): boolean {
  return authorEmail === bot.email && committerEmail === bot.email && parents.length === 1;
}
