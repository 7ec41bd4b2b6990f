import type { Comment, Issue, Pull, RepositoryState, World } from '../state.ts';
import { apiOf, webOf } from './addresses.ts';
import { labelAnswer, userAnswer } from './people.ts';

export function issueAnswer(world: World, thread: Issue | Pull, state: RepositoryState) {
  const url = `${apiOf(world, state)}/issues/${thread.number}`;
  const html = `${webOf(world, state)}/${thread.kind === 'pull' ? 'pull' : 'issues'}/${thread.number}`;
  const asPull = `${apiOf(world, state)}/pulls/${thread.number}`;
  return {
    id: thread.id,
    node_id: `I_${thread.id}`,
    number: thread.number,
    url,
    html_url: html,
    repository_url: apiOf(world, state),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    state: thread.isOpen ? 'open' : 'closed',
    locked: false,
    title: thread.title,
    body: thread.body,
    user: userAnswer(world, thread.user),
    labels: thread.labels.map((name) => labelAnswer(world, name, state)),
    milestone: null,
    comments: thread.comments.length,
    created_at: thread.createdAt,
    updated_at: thread.updatedAt,
    closed_at: thread.closedAt,
    closed_by: thread.closedBy === null ? null : userAnswer(world, thread.closedBy),
    assignee: thread.assignees[0] === undefined ? null : userAnswer(world, thread.assignees[0]),
    assignees: thread.assignees.map((person) => userAnswer(world, person)),
    author_association: 'CONTRIBUTOR',
    ...(thread.kind === 'pull'
      ? { pull_request: { url: asPull, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch` } }
      : {}),
  };
}

export function commentAnswer(
  world: World,
  { id, user, body, createdAt }: Comment,
  { number }: Issue | Pull,
  state: RepositoryState,
) {
  return {
    id,
    node_id: `IC_${id}`,
    url: `${apiOf(world, state)}/issues/comments/${id}`,
    html_url: `${webOf(world, state)}/issues/${number}#issuecomment-${id}`,
    issue_url: `${apiOf(world, state)}/issues/${number}`,
    user: userAnswer(world, user),
    body,
    author_association: 'CONTRIBUTOR',
    created_at: createdAt,
    updated_at: createdAt,
  };
}
