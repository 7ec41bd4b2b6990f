import type { Account, Comment, Issue, Proposal } from '../types.ts';
import { bareTitle, withQuickActions } from './text.ts';

/** What GitLab says of an account. */
export interface UserAnswer {
  readonly id: number;
  readonly username: string;
  readonly bot?: unknown;
}

/** What is read of a merge request (GitLab's documentation, "Merge requests API"). */
export interface MergeRequestAnswer {
  readonly iid: number;
  readonly web_url: string;
  readonly title: string;
  readonly description: string | null;
  readonly state: string;
  readonly draft?: boolean;
  readonly source_branch: string;
  readonly target_branch: string;
  readonly source_project_id: number | null;
  readonly target_project_id: number;
  readonly sha: string | null;
  readonly author: UserAnswer | null;
  readonly labels: readonly (string | { readonly name: string })[];
  readonly reviewers?: readonly UserAnswer[] | null;
  readonly assignees?: readonly UserAnswer[] | null;
  readonly merge_when_pipeline_succeeds?: boolean;
  readonly merge_status?: string;
  readonly has_conflicts?: boolean;
  readonly closed_by?: UserAnswer | null;
  readonly merged_by?: UserAnswer | null;
  /** Only where a single one is read: the pipeline of the last commit. */
  readonly head_pipeline?: unknown;
  readonly created_at: string;
}

/** Bots of projects and groups are named so (GitLab's documentation, "Bot users for projects"). */
const botName = /^(?:project|group)_\d+_bot/;

export function toAccount({ username, bot }: UserAnswer): Account {
  return { name: username, isBot: bot === true || botName.test(username) };
}

export function toProposal(answer: MergeRequestAnswer): Proposal {
  const states: Readonly<Record<string, Proposal['state']>> = { opened: 'open', locked: 'open', merged: 'merged' };
  const isFork = answer.source_project_id !== answer.target_project_id;
  const fork = answer.source_project_id === null ? 'gone' : String(answer.source_project_id);
  const isChecked = answer.merge_status === 'can_be_merged' || answer.merge_status === 'cannot_be_merged';
  return {
    number: answer.iid,
    url: answer.web_url,
    title: bareTitle(answer.title),
    body: withQuickActions(answer.description ?? ''),
    state: states[answer.state] ?? 'closed',
    isDraft: answer.draft === true,
    head: { branch: answer.source_branch, commit: answer.sha ?? '', ...(isFork ? { fork } : {}) },
    base: answer.target_branch,
    ...(answer.author ? { author: toAccount(answer.author) } : {}),
    labels: answer.labels.map((label) => (typeof label === 'string' ? label : label.name)),
    reviewers: (answer.reviewers ?? []).map(({ username }) => username),
    assignees: (answer.assignees ?? []).map(({ username }) => username),
    autoMerge: answer.merge_when_pipeline_succeeds === true,
    ...(isChecked && answer.has_conflicts !== undefined ? { hasConflict: answer.has_conflicts } : {}),
    createdAt: answer.created_at,
  };
}

export interface NoteAnswer {
  readonly body: string;
  readonly author: UserAnswer | null;
  readonly created_at: string;
  readonly system: boolean;
}

export function toComment({ body, author, created_at }: NoteAnswer): Comment {
  return { ...(author ? { author: toAccount(author) } : {}), body: withQuickActions(body), createdAt: created_at };
}

export interface IssueAnswer {
  readonly iid: number;
  readonly web_url: string;
  readonly title: string;
  readonly description: string | null;
  readonly state: string;
  readonly labels: readonly (string | { readonly name: string })[];
}

export function toIssue(answer: IssueAnswer): Issue {
  return {
    number: answer.iid,
    url: answer.web_url,
    title: answer.title,
    body: withQuickActions(answer.description ?? ''),
    state: answer.state === 'opened' ? 'open' : 'closed',
    labels: answer.labels.map((label) => (typeof label === 'string' ? label : label.name)),
  };
}
