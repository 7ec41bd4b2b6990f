import type { Account, Comment, Issue, Proposal, ProposalHead } from '../types.ts';
import type { GitHubClient } from './session.ts';

type Rest = GitHubClient['rest'];
type Answer<Method extends (...parameters: never[]) => Promise<{ data: unknown }>> = Awaited<
  ReturnType<Method>
>['data'];

/** A pull request as a list has it, or as a single one is read, which has `mergeable` as well. */
export type PullAnswer = Answer<Rest['pulls']['list']>[number] | Answer<Rest['pulls']['get']>;
type IssueAnswer = Answer<Rest['issues']['get']>;
type CommentAnswer = Answer<Rest['issues']['listComments']>[number];

/** What GitHub says of an account; null where it is gone. */
type UserAnswer = { readonly login: string; readonly type?: string } | null | undefined;

export function toAccount(user: UserAnswer): { account: Account } | undefined {
  return user ? { account: { name: user.login, isBot: user.type === 'Bot' } } : undefined;
}

function authorOf(user: UserAnswer): { readonly author?: Account } {
  const found = toAccount(user);
  return found === undefined ? {} : { author: found.account };
}

/** A pull request of `repository`. */
export function toProposal(pull: PullAnswer, repository: string): Proposal {
  const teams = (pull.requested_teams ?? []).map(({ slug }) => `@${slug}`);
  const merged = pull.merged_at === null ? 'closed' : 'merged';
  return {
    number: pull.number,
    url: pull.html_url,
    title: pull.title,
    body: pull.body ?? '',
    state: pull.state === 'open' ? 'open' : merged,
    isDraft: pull.draft === true,
    head: headOf(pull, repository),
    base: pull.base.ref,
    ...authorOf(pull.user),
    labels: pull.labels.map(({ name }) => name),
    reviewers: [...(pull.requested_reviewers ?? []).map(({ login }) => login), ...teams],
    assignees: (pull.assignees ?? []).map(({ login }) => login),
    autoMerge: pull.auto_merge !== null,
    ...('mergeable' in pull && typeof pull.mergeable === 'boolean' ? { hasConflict: !pull.mergeable } : {}),
    createdAt: pull.created_at,
  };
}

function headOf({ head }: PullAnswer, repository: string): ProposalHead {
  // The description has it as always there; for a fork that was deleted, GitHub sends null.
  const origin: { readonly full_name: string } | null = head.repo;
  const name = origin?.full_name ?? 'gone';
  const isFork = name.toLowerCase() !== repository.toLowerCase();
  return { branch: head.ref, commit: head.sha, ...(isFork ? { fork: name } : {}) };
}

export function toIssue(issue: IssueAnswer): Issue {
  return {
    number: issue.number,
    url: issue.html_url,
    title: issue.title,
    body: issue.body ?? '',
    state: issue.state === 'open' ? 'open' : 'closed',
    labels: issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
  };
}

export function toComment(comment: CommentAnswer): Comment {
  return { ...authorOf(comment.user), body: comment.body ?? '', createdAt: comment.created_at };
}
