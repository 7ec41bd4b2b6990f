import type {
  CommitSchema,
  ExpandedMergeRequestSchema,
  IssueSchema,
  MergeRequestSchemaWithBasicLabels,
  NoteSchema,
} from '@gitbeaker/rest';
import type { CommitFacts } from '../forge/bare-repository.ts';
import type { MergeRequest, Note, ProjectState, Thread, User, World } from './state.ts';

/** Accounts as GitLab shows them with other things. The types here are those of a client that many use. */
export function userAnswer({ url }: World, { id, username }: User): NoteSchema['author'] {
  const avatar = `${url}/avatar/${id}`;
  return { id, username, name: username, state: 'active', avatar_url: avatar, web_url: `${url}/${username}` };
}

export function mergeRequestAnswer(
  world: World,
  one: MergeRequest,
  project: ProjectState,
): MergeRequestSchemaWithBasicLabels {
  const person = (user: User | null) => (user === null ? null : userAnswer(world, user));
  return {
    id: one.id,
    iid: one.iid,
    project_id: project.id,
    title: one.title,
    description: one.description,
    state: one.state,
    created_at: one.createdAt,
    updated_at: one.createdAt,
    web_url: `${world.url}/${project.path}/-/merge_requests/${one.iid}`,
    merged_by: person(one.mergedBy),
    merged_at: null,
    closed_by: person(one.closedBy),
    closed_at: null,
    target_branch: one.targetBranch,
    source_branch: one.sourceBranch,
    user_notes_count: one.notes.length,
    upvotes: 0,
    downvotes: 0,
    author: userAnswer(world, one.author),
    assignees: one.assignees.map((user) => userAnswer(world, user)),
    assignee: person(one.assignees[0] ?? null),
    reviewers: one.reviewers.map((user) => userAnswer(world, user)),
    source_project_id: one.source.id,
    target_project_id: project.id,
    labels: [...one.labels],
    draft: isDraft(one),
    work_in_progress: isDraft(one),
    milestone: null,
    merge_when_pipeline_succeeds: one.autoMerge,
    merge_status: one.hasConflict ? 'cannot_be_merged' : 'can_be_merged',
    detailed_merge_status: isDraft(one) ? 'draft_status' : 'mergeable',
    sha: one.sha,
    merge_commit_sha: null,
    squash_commit_sha: null,
    discussion_locked: null,
    should_remove_source_branch: null,
    force_remove_source_branch: false,
    reference: `!${one.iid}`,
    references: { short: `!${one.iid}`, relative: `!${one.iid}`, full: `${project.path}!${one.iid}` },
    time_stats: { time_estimate: 0, total_time_spent: 0, human_time_estimate: null, human_total_time_spent: null },
    squash: false,
    task_completion_status: { count: 0, completed_count: 0 },
    prepared_at: one.createdAt,
    has_conflicts: one.hasConflict,
    blocking_discussions_resolved: true,
    approvals_before_merge: null,
  };
}

/** A title that begins so makes a draft. */
export function isDraft({ title }: Thread): boolean {
  return /^\s*(?:\[draft\]|\(draft\)|draft:)/i.test(title);
}

/** As it is answered when it is asked for alone. */
export function fullMergeRequestAnswer(
  world: World,
  one: MergeRequest,
  project: ProjectState,
): Omit<ExpandedMergeRequestSchema, 'head_pipeline'> & { head_pipeline: object | null } {
  return {
    ...mergeRequestAnswer(world, one, project),
    subscribed: false,
    changes_count: '1',
    latest_build_started_at: null,
    latest_build_finished_at: null,
    first_deployed_to_production_at: null,
    pipeline: null,
    head_pipeline: one.hasPipeline ? { id: one.id, sha: one.sha, ref: one.sourceBranch, status: 'running' } : null,
    diff_refs: { base_sha: one.sha, head_sha: one.sha, start_sha: one.sha },
    merge_error: null,
    first_contribution: false,
    user: { can_merge: true },
  };
}

export function issueAnswer(world: World, one: Thread, project: ProjectState): Partial<IssueSchema> {
  return {
    id: one.id,
    iid: one.iid,
    project_id: project.id,
    title: one.title,
    ...(one.description === null ? {} : { description: one.description }),
    state: one.state,
    type: 'ISSUE',
    created_at: one.createdAt,
    updated_at: one.createdAt,
    author: userAnswer(world, one.author),
    assignees: one.assignees.map((user) => userAnswer(world, user)),
    labels: [...one.labels],
    web_url: `${world.url}/${project.path}/-/issues/${one.iid}`,
  };
}

export function noteAnswer(world: World, note: Note, thread: Thread, { id }: ProjectState): NoteSchema {
  return {
    id: note.id,
    body: note.body,
    attachment: null,
    author: userAnswer(world, note.author),
    created_at: note.createdAt,
    updated_at: note.createdAt,
    system: note.isSystem,
    noteable_id: thread.id,
    noteable_type: 'sourceBranch' in thread ? 'MergeRequest' : 'Issue',
    noteable_iid: thread.iid,
    project_id: id,
    resolvable: false,
  };
}

export function commitAnswer({ url }: World, commit: CommitFacts, { path }: ProjectState): CommitSchema {
  return {
    id: commit.sha,
    short_id: commit.sha.slice(0, 8),
    title: commit.message.split('\n')[0] ?? '',
    message: `${commit.message}\n`,
    parent_ids: [...commit.parents],
    created_at: commit.committer.date,
    author_name: commit.author.name,
    author_email: commit.author.email,
    authored_date: commit.author.date,
    committer_name: commit.committer.name,
    committer_email: commit.committer.email,
    committed_date: commit.committer.date,
    web_url: `${url}/${path}/-/commit/${commit.sha}`,
  };
}
