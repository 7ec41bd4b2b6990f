import { defined } from '../core/defined.ts';
import type { Comment, Forge, Issue, IssueEdit, Subject } from './types.ts';

/** A marker that no reader of Markdown sees: `<!-- mirrorlock:KEY -->`. `key` is letters, digits, `.`, `:` and `-`. */
export function marker(key: string): string {
  if (!/^[\w.:-]+$/.test(key)) throw new Error(`not a key of a marker: ${JSON.stringify(key)}`);
  return `<!-- mirrorlock:${key} -->`;
}

/** Whether a text carries the marker of `key`. */
export function carries(text: string, key: string): boolean {
  return text.includes(marker(key));
}

/** The comment that carries the marker of `key`; with `author`, only one by that account counts. */
async function findMarked(
  forge: Forge,
  subject: Subject,
  key: string,
  author?: string,
): Promise<{ readonly comment?: Comment; readonly complete: boolean }> {
  const { items, complete } = await forge.listComments(subject);
  const isIt = (comment: Comment): boolean =>
    carries(comment.body, key) && (author === undefined || comment.author?.name === author);
  const comment = items.find(isIt);
  return comment === undefined ? { complete } : { comment, complete };
}

/**
 * Comments once: not where a comment of `author` (absent: anybody) with this key is there already, and not where there
 * are more comments than were read, since one may be among them. Gives whether it commented.
 */
export async function commentOnce(
  forge: Forge,
  subject: Subject,
  { key, body, author }: { readonly key: string; readonly body: string; readonly author?: string },
): Promise<boolean> {
  const { comment, complete } = await findMarked(forge, subject, key, author);
  if (comment !== undefined || !complete) return false;
  await forge.comment(subject, `${body}\n\n${marker(key)}`);
  return true;
}

export interface MarkedIssue {
  readonly key: string;
  /** The label that it is found by. */
  readonly label: string;
  readonly title: string;
  /** Without the marker. */
  readonly body: string;
}

/** The open issue with a label and the marker of `key`, the oldest where there are two. */
async function findIssue(forge: Forge, key: string, label: string): Promise<Issue | undefined> {
  const { items } = await forge.findIssues({ state: 'open', label });
  return items.findLast(({ body }) => carries(body, key));
}

/**
 * Opens one issue for something that is wrong, or brings the open one up to date; writes nothing where it says the same
 * already. Gives the issue and what was done.
 */
export async function keepIssue(
  forge: Forge,
  { key, label, title, body }: MarkedIssue,
): Promise<{ readonly issue: Issue; readonly done: 'opened' | 'updated' | 'left' }> {
  const text = `${body}\n\n${marker(key)}`;
  const found = await findIssue(forge, key, label);
  if (found === undefined) {
    return { issue: await forge.openIssue({ title, body: text, labels: [label] }), done: 'opened' };
  }
  const edit: IssueEdit = { title, body: text };
  if (found.title === title && sameText(found.body, text)) return { issue: found, done: 'left' };
  return { issue: await forge.editIssue(found.number, edit), done: 'updated' };
}

/** Closes the issue of {@link keepIssue} with a comment; gives it, or undefined where none is open. */
export async function settleIssue(forge: Forge, key: string, label: string, why: string): Promise<Issue | undefined> {
  const found = await findIssue(forge, key, label);
  if (found === undefined) return undefined;
  await commentOnce(forge, { kind: 'issue', number: found.number }, { key: `${key}:settled`, body: why });
  return forge.editIssue(found.number, { state: 'closed' });
}

/** A kind of issues that are opened once each: `waits` of `waits:foreign-commits:1234`. */
interface IssueKind {
  readonly kind: string;
  readonly label: string;
}

/**
 * Opens an issue once: not where one with this key is there already, open or closed, since whoever closed it has seen it,
 * and not where there are more issues than were read. Gives the issue where it is open, and whether it was opened now.
 */
export async function openIssueOnce(
  forge: Forge,
  { kind, label }: IssueKind,
  { key, title, body }: Omit<MarkedIssue, 'label'>,
): Promise<{ readonly issue?: Issue; readonly isNew: boolean }> {
  const full = `${kind}:${key}`;
  const { items, complete } = await forge.findIssues({ state: 'all', label });
  const found = items.find((one) => carries(one.body, full));
  if (found !== undefined || !complete) return { ...defined({ issue: found }), isNew: false };
  return { issue: await forge.openIssue({ title, body: `${body}\n\n${marker(full)}`, labels: [label] }), isNew: true };
}

/** Closes the open issues of a kind with a comment, all but that of `key`; gives whether there were any. */
export async function settleIssues(
  forge: Forge,
  { kind, label }: IssueKind,
  why: string,
  key?: string,
): Promise<boolean> {
  const { items } = await forge.findIssues({ state: 'open', label });
  const isOver = ({ body }: Issue) =>
    body.includes(`<!-- mirrorlock:${kind}:`) && (key === undefined || !carries(body, `${kind}:${key}`));
  const over = items.filter(isOver);
  for (const { number } of over) {
    await commentOnce(forge, { kind: 'issue', number }, { key: `${kind}:settled`, body: why });
    await forge.editIssue(number, { state: 'closed' });
  }
  return over.length > 0;
}

/** Forges turn line breaks into CRLF when a person edits. */
function sameText(one: string, other: string): boolean {
  return one.replaceAll('\r\n', '\n').trim() === other.trim();
}

/** Whether a task-list item with the text is ticked in Markdown: `- [x] TEXT`. Undefined where there is no such item. */
export function isTicked(body: string, text: string): boolean | undefined {
  const items = body.split(/\r?\n/).map((line) => /^\s*[-*+] \[([ xX])\] (.*?)\s*$/.exec(line));
  const item = items.find((match) => match?.[2]?.startsWith(text));
  return item === undefined || item === null ? undefined : item[1] !== ' ';
}
