import type { CommitFacts } from './bare-repository.ts';
import type { User, World } from './state.ts';
import {
  type CheckRun,
  type Comment,
  type Issue,
  type Pull,
  pullsOf,
  type RepositoryState,
  type Status,
} from './state.ts';

const epoch = '2026-01-01T00:00:00Z';

/** The addresses below a repository that GitHub sends with it, as templates (RFC 6570). */
const repositoryLinks: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};
const userLinks: Readonly<Record<string, string>> = {
  events_url: '/events{/privacy}',
  followers_url: '/followers',
  following_url: '/following{/other_user}',
  gists_url: '/gists{/gist_id}',
  organizations_url: '/orgs',
  received_events_url: '/received_events',
  repos_url: '/repos',
  starred_url: '/starred{/owner}{/repo}',
  subscriptions_url: '/subscriptions',
};

/** How GitHub's answers look, for the state of the stand-in. */
export interface Answers {
  user(user: User): object;
  repository(repository: RepositoryState): object;
  /** With what only `GET /repos/…` tells, for somebody who may push or not. */
  fullRepository(repository: RepositoryState, rights: { push: boolean; admin: boolean }): object;
  pull(pull: Pull, repository: RepositoryState): object;
  fullPull(pull: Pull, repository: RepositoryState): object;
  issue(thread: Issue | Pull, repository: RepositoryState): object;
  comment(comment: Comment, thread: Issue | Pull, repository: RepositoryState): object;
  label(name: string, repository: RepositoryState): object;
  commit(commit: CommitFacts, repository: RepositoryState): object;
  checkRun(run: CheckRun, repository: RepositoryState): object;
  status(status: Status, by: User, repository: RepositoryState): object;
  reference(ref: string, sha: string, repository: RepositoryState): object;
}

export function createAnswers(world: World): Answers {
  const api = ({ fullName }: RepositoryState): string => `${world.apiUrl}/repos/${fullName}`;
  const web = ({ fullName }: RepositoryState): string => `${world.serverUrl}/${fullName}`;
  const nodeOf = (kind: string, id: number): string => `${kind}_${id}`;
  const below = (base: string, links: Readonly<Record<string, string>>): object =>
    Object.fromEntries(Object.entries(links).map(([name, path]) => [name, base + path]));

  const user = ({ id, login, type }: User) => ({
    login,
    id,
    node_id: nodeOf('U', id),
    avatar_url: `${world.serverUrl}/avatars/u/${id}`,
    gravatar_id: '',
    url: `${world.apiUrl}/users/${encodeURIComponent(login)}`,
    html_url: `${world.serverUrl}/${encodeURIComponent(login)}`,
    ...below(`${world.apiUrl}/users/${encodeURIComponent(login)}`, userLinks),
    type,
    site_admin: false,
  });

  const repository = (state: RepositoryState) => ({
    id: state.id,
    node_id: nodeOf('R', state.id),
    name: state.name,
    full_name: state.fullName,
    owner: user(state.owner),
    private: state.settings.isPrivate,
    html_url: web(state),
    description: null,
    fork: state.forkOf !== undefined,
    url: api(state),
    ...below(api(state), repositoryLinks),
    clone_url: `${web(state)}.git`,
    git_url: `git:${web(state).replace(/^\w+:/, '')}.git`,
    ssh_url: `git@127.0.0.1:${state.fullName}.git`,
    svn_url: web(state),
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: state.defaultBranch,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    size: 1,
    open_issues: state.threads.filter(({ isOpen }) => isOpen).length,
    open_issues_count: state.threads.filter(({ isOpen }) => isOpen).length,
    has_issues: state.settings.hasIssues,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: state.settings.isArchived,
    disabled: false,
    visibility: state.settings.isPrivate ? 'private' : 'public',
    pushed_at: epoch,
    created_at: epoch,
    updated_at: epoch,
  });

  const label = (name: string, state: RepositoryState) => ({
    id: [...name].reduce((sum, character) => sum * 31 + (character.codePointAt(0) ?? 0), 7) % 1_000_000_007,
    node_id: `LA_${Buffer.from(name).toString('base64url')}`,
    url: `${api(state)}/labels/${encodeURIComponent(name)}`,
    name,
    // GitHub sends null for a label without one; its description of a pull request allows a text alone.
    description: '',
    color: 'ededed',
    default: false,
  });

  const team = (slug: string, { id, owner }: RepositoryState) => ({
    id: id * 1000 + slug.length,
    node_id: `T_${slug}`,
    url: `${world.apiUrl}/organizations/${owner.id}/team/${slug}`,
    members_url: `${world.apiUrl}/organizations/${owner.id}/team/${slug}/members{/member}`,
    repositories_url: `${world.apiUrl}/organizations/${owner.id}/team/${slug}/repos`,
    html_url: `${world.serverUrl}/orgs/${owner.login}/teams/${slug}`,
    name: slug,
    slug,
    description: null,
    privacy: 'closed',
    permission: 'pull',
    type: 'organization',
    parent: null,
  });

  const pull = (one: Pull, state: RepositoryState) => {
    const url = `${api(state)}/pulls/${one.number}`;
    const issueUrl = `${api(state)}/issues/${one.number}`;
    const html = `${web(state)}/pull/${one.number}`;
    const statuses = `${api(state)}/statuses/${one.headCommit}`;
    const links = {
      comments_url: `${issueUrl}/comments`,
      commits_url: `${url}/commits`,
      review_comments_url: `${url}/comments`,
      review_comment_url: `${api(state)}/pulls/comments{/number}`,
      statuses_url: statuses,
    };
    const headRepository = one.head === undefined ? null : repository(one.head);
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
      user: user(one.user),
      labels: one.labels.map((name) => label(name, state)),
      milestone: null,
      created_at: one.createdAt,
      updated_at: one.updatedAt,
      closed_at: one.closedAt,
      merged_at: one.mergedAt,
      merge_commit_sha: one.mergeCommit,
      assignee: one.assignees[0] === undefined ? null : user(one.assignees[0]),
      assignees: one.assignees.map(user),
      requested_reviewers: one.reviewers.map(user),
      requested_teams: one.teams.map((slug) => team(slug, state)),
      head: {
        label: `${one.headOwner}:${one.headBranch}`,
        ref: one.headBranch,
        sha: one.headCommit,
        user: user(world.user(one.headOwner)),
        repo: headRepository,
      },
      base: {
        label: `${state.owner.login}:${one.base}`,
        ref: one.base,
        sha: one.baseCommit,
        user: user(state.owner),
        repo: repository(state),
      },
      author_association: 'CONTRIBUTOR',
      draft: one.isDraft,
      auto_merge:
        one.autoMerge === null
          ? null
          : {
              enabled_by: user(one.autoMerge.by),
              merge_method: one.autoMerge.method,
              commit_title: one.title,
              commit_message: '',
            },
    };
  };

  const issue = (thread: Issue | Pull, state: RepositoryState) => {
    const url = `${api(state)}/issues/${thread.number}`;
    const html = `${web(state)}/${thread.kind === 'pull' ? 'pull' : 'issues'}/${thread.number}`;
    const asPull = `${api(state)}/pulls/${thread.number}`;
    return {
      id: thread.id,
      node_id: nodeOf('I', thread.id),
      number: thread.number,
      url,
      html_url: html,
      repository_url: api(state),
      labels_url: `${url}/labels{/name}`,
      comments_url: `${url}/comments`,
      events_url: `${url}/events`,
      state: thread.isOpen ? 'open' : 'closed',
      locked: false,
      title: thread.title,
      body: thread.body,
      user: user(thread.user),
      labels: thread.labels.map((name) => label(name, state)),
      milestone: null,
      comments: thread.comments.length,
      created_at: thread.createdAt,
      updated_at: thread.updatedAt,
      closed_at: thread.closedAt,
      closed_by: thread.closedBy === null ? null : user(thread.closedBy),
      assignee: thread.assignees[0] === undefined ? null : user(thread.assignees[0]),
      assignees: thread.assignees.map(user),
      author_association: 'CONTRIBUTOR',
      ...(thread.kind === 'pull'
        ? { pull_request: { url: asPull, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch` } }
        : {}),
    };
  };

  return {
    user,
    repository,
    fullRepository: (state, { push, admin }) => ({
      ...repository(state),
      network_count: 0,
      subscribers_count: 0,
      permissions: { admin, maintain: admin, push, triage: push, pull: true },
      ...(admin ? { allow_auto_merge: state.settings.allowsAutoMerge } : {}),
    }),
    pull,
    fullPull: (one, state) => ({
      ...pull(one, state),
      requested_teams: one.teams.map((slug) => {
        const { parent: _, ...simple } = team(slug, state);
        return simple;
      }),
      merged: one.mergedAt !== null,
      mergeable: one.isOpen ? one.isMergeable : null,
      mergeable_state: one.isMergeable === false ? 'dirty' : 'clean',
      merged_by: one.mergedBy === null ? null : user(one.mergedBy),
      comments: one.comments.length,
      review_comments: 0,
      maintainer_can_modify: false,
      commits: 1,
      additions: 1,
      deletions: 0,
      changed_files: 1,
    }),
    issue,
    comment: ({ id, user: by, body, createdAt }, thread, state) => ({
      id,
      node_id: nodeOf('IC', id),
      url: `${api(state)}/issues/comments/${id}`,
      html_url: `${web(state)}/issues/${thread.number}#issuecomment-${id}`,
      issue_url: `${api(state)}/issues/${thread.number}`,
      user: user(by),
      body,
      author_association: 'CONTRIBUTOR',
      created_at: createdAt,
      updated_at: createdAt,
    }),
    label,
    commit: ({ sha, tree, parents, author, committer, message }, state) => {
      const known = (email: string) => world.users.find((one) => one.email === email);
      const account = (email: string) => {
        const found = known(email);
        return found === undefined ? null : user(found);
      };
      const link = (commit: string) => ({
        url: `${api(state)}/commits/${commit}`,
        html_url: `${web(state)}/commit/${commit}`,
      });
      return {
        ...link(sha),
        sha,
        node_id: `C_${sha}`,
        comments_url: `${api(state)}/commits/${sha}/comments`,
        commit: {
          url: `${api(state)}/git/commits/${sha}`,
          author,
          committer,
          message,
          comment_count: 0,
          tree: { sha: tree, url: `${api(state)}/git/trees/${tree}` },
          verification: { verified: false, reason: 'unsigned', payload: null, signature: null, verified_at: null },
        },
        author: account(author.email),
        committer: account(committer.email),
        parents: parents.map((parent) => ({ sha: parent, ...link(parent) })),
      };
    },
    checkRun: (run, state) => ({
      id: run.id,
      node_id: nodeOf('CR', run.id),
      name: run.name,
      head_sha: run.commit,
      external_id: '',
      url: `${api(state)}/check-runs/${run.id}`,
      html_url: `${web(state)}/runs/${run.id}`,
      details_url: run.url ?? `${web(state)}/runs/${run.id}`,
      status: run.status,
      conclusion: run.conclusion,
      started_at: epoch,
      completed_at: run.status === 'completed' ? epoch : null,
      output: {
        title: run.title,
        summary: run.summary,
        text: null,
        annotations_count: 0,
        annotations_url: `${api(state)}/check-runs/${run.id}/annotations`,
      },
      check_suite: { id: run.id },
      app: null,
      pull_requests: pullsOf(state)
        .filter(({ isOpen, headCommit }) => isOpen && headCommit === run.commit)
        .map((one) => ({
          id: one.id,
          number: one.number,
          url: `${api(state)}/pulls/${one.number}`,
          head: { ref: one.headBranch, sha: one.headCommit, repo: { id: state.id, url: api(state), name: state.name } },
          base: { ref: one.base, sha: one.baseCommit, repo: { id: state.id, url: api(state), name: state.name } },
        })),
    }),
    status: ({ id, commit, context, state: result, description }, by, state) => ({
      id,
      node_id: nodeOf('SC', id),
      url: `${api(state)}/statuses/${commit}`,
      avatar_url: null,
      state: result,
      description,
      target_url: null,
      context,
      created_at: epoch,
      updated_at: epoch,
      creator: user(by),
    }),
    reference: (ref, sha, state) => ({
      ref,
      node_id: `REF_${Buffer.from(ref).toString('base64url')}`,
      url: `${api(state)}/git/${ref}`,
      object: { type: 'commit', sha, url: `${api(state)}/git/commits/${sha}` },
    }),
  };
}
