import type { Pull, RepositoryState, World } from '../state.ts';
import { apiOf, webOf } from './addresses.ts';
import { labelAnswer, teamAnswer, userAnswer } from './people.ts';
import { repositoryAnswer } from './repository.ts';

export function pullAnswer(world: World, one: Pull, state: RepositoryState) {
  const url = `${apiOf(world, state)}/pulls/${one.number}`;
  const issueUrl = `${apiOf(world, state)}/issues/${one.number}`;
  const html = `${webOf(world, state)}/pull/${one.number}`;
  const statuses = `${apiOf(world, state)}/statuses/${one.headCommit}`;
  const links = {
    comments_url: `${issueUrl}/comments`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${apiOf(world, state)}/pulls/comments{/number}`,
    statuses_url: statuses,
  };
  const headRepository = one.head === undefined ? null : repositoryAnswer(world, one.head);
  return {
    id: one.id,
    node_id: one.nodeId,
    number: one.number,
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    ...links,
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issueUrl },
      comments: { href: links.comments_url },
      commits: { href: links.commits_url },
      review_comments: { href: links.review_comments_url },
      review_comment: { href: links.review_comment_url },
      statuses: { href: statuses },
    },
    state: one.isOpen ? 'open' : 'closed',
    locked: false,
    title: one.title,
    body: one.body,
    user: userAnswer(world, one.user),
    labels: one.labels.map((name) => labelAnswer(world, name, state)),
    milestone: null,
    created_at: one.createdAt,
    updated_at: one.updatedAt,
    closed_at: one.closedAt,
    merged_at: one.mergedAt,
    merge_commit_sha: one.mergeCommit,
    assignee: one.assignees[0] === undefined ? null : userAnswer(world, one.assignees[0]),
    assignees: one.assignees.map((person) => userAnswer(world, person)),
    requested_reviewers: one.reviewers.map((person) => userAnswer(world, person)),
    requested_teams: one.teams.map((slug) => teamAnswer(world, slug, state)),
    head: {
      label: `${one.headOwner}:${one.headBranch}`,
      ref: one.headBranch,
      sha: one.headCommit,
      user: userAnswer(world, world.user(one.headOwner)),
      repo: headRepository,
    },
    base: {
      label: `${state.owner.login}:${one.base}`,
      ref: one.base,
      sha: one.baseCommit,
      user: userAnswer(world, state.owner),
      repo: repositoryAnswer(world, state),
    },
    author_association: 'CONTRIBUTOR',
    draft: one.isDraft,
    auto_merge:
      one.autoMerge === null
        ? null
        : {
            enabled_by: userAnswer(world, one.autoMerge.by),
            merge_method: one.autoMerge.method,
            commit_title: one.title,
            commit_message: '',
          },
  };
}

/** As it is answered when it is asked for alone. */
export function fullPullAnswer(world: World, one: Pull, state: RepositoryState) {
  return {
    ...pullAnswer(world, one, state),
    requested_teams: one.teams.map((slug) => {
      const { parent: _, ...simple } = teamAnswer(world, slug, state);
      return simple;
    }),
    merged: one.mergedAt !== null,
    mergeable: one.isOpen ? one.isMergeable : null,
    mergeable_state: one.isMergeable === false ? 'dirty' : 'clean',
    merged_by: one.mergedBy === null ? null : userAnswer(world, one.mergedBy),
    comments: one.comments.length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 1,
    deletions: 0,
    changed_files: 1,
  };
}
