import type { AskedFor } from '../changes/find.ts';
import type { DigestFinding, DroppedPolicy } from '../changes/findings.ts';
import type { Problem } from '../core/problem.ts';
import type { Evidence } from '../evidence/types.ts';
import type { ForgeKind } from '../forge/types.ts';
import type { Lockfile } from '../lock/types.ts';

/** What a source allows to pull in a window. */
export interface PullWindow {
  readonly limit: number;
  readonly windowMs: number;
}

/** Something that a person has to know or do. All of it is plain text, of which nothing is taken for Markdown. */
export interface Note {
  /** One line. */
  readonly title: string;
  /** Paragraphs; what stands between two backticks is shown as code. */
  readonly text: readonly string[];
  /** A list, each item shown as code, such as the paths of files. */
  readonly items?: readonly string[];
  /** What to run or to add, shown as it is. */
  readonly code?: { readonly language: 'sh' | 'yaml' | 'diff' | 'text'; readonly text: string };
}

/** What a pull request is described from. Nothing in it needs to be fit to print. */
export interface ChangeInput {
  readonly forge: ForgeKind;
  /** The lockfile of the base branch; absent: the first one. */
  readonly before: Lockfile | undefined;
  readonly after: Lockfile;
  /** What becomes at the destinations of tags that leave the lockfile; absent: not said. */
  readonly policy?: DroppedPolicy;
  /** Which tag of a pending group was asked for; absent: not said. */
  readonly askedFor?: AskedFor;
  /** What is wrong in the rules; shown first. */
  readonly warnings?: readonly Problem[];
  /** The destinations as people know them, a line of plain text each. */
  readonly destinations?: readonly string[];
  /** What is said of the digests, the first of what to look at. */
  readonly digests?: readonly DigestFinding[];
  /** Why digests are others, and what is inside; absent: not read. */
  readonly evidence?: Evidence;
  /** Paths of the other files that change, such as rendered ones. */
  readonly files?: readonly string[];
  /** Absent: the source has no limit, or none that is known. */
  readonly budget?: PullWindow;
  /** Shown after what to look at first, in this order; a string is a paragraph without a title. */
  readonly notes?: readonly (string | Note)[];
  /** Keys of the markers at the end (`marker` of forge/marked.ts), by which a bot knows its own content. */
  readonly markers?: readonly string[];
  /** The text of a checkbox, ticked or not, such as one that lets the bot overwrite (`isTicked` of forge/marked.ts). */
  readonly checkbox?: { readonly text: string; readonly ticked: boolean };
  /** The most characters of the body, 8,000 at the least; absent: 60,000. */
  readonly maxLength?: number;
}

export interface ChangeDescription {
  /** One plain line of at most 120 characters, fit for a title and a commit's subject. */
  readonly headline: string;
  /** Markdown. */
  readonly body: string;
}
