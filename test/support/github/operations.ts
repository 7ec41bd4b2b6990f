/** What a fine-grained token needs for an operation: one of these sets, each permission with its level. */
export type Requirement = readonly Readonly<Record<string, 'read' | 'write'>>[];

const comment: Requirement = [{ issues: 'write' }, { pull_requests: 'write' }];

/**
 * The operations that the stand-in serves, with the permissions they need (GitHub's documentation, "Permissions required
 * for GitHub Apps"). `scripts/prune-github-description.mts` takes their shapes from GitHub's own description.
 */
export const servedOperations = {
  'GET /repos/{owner}/{repo}': [{ metadata: 'read' }],
  'GET /repos/{owner}/{repo}/pulls': [{ pull_requests: 'read' }],
  'POST /repos/{owner}/{repo}/pulls': [{ pull_requests: 'write' }],
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': [{ pull_requests: 'read' }],
  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': [{ pull_requests: 'write' }],
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': [{ pull_requests: 'write' }],
  'GET /repos/{owner}/{repo}/issues': [{ issues: 'read' }],
  'POST /repos/{owner}/{repo}/issues': [{ issues: 'write' }],
  'GET /repos/{owner}/{repo}/issues/{issue_number}': [{ issues: 'read' }, { pull_requests: 'read' }],
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}': comment,
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': [{ issues: 'read' }, { pull_requests: 'read' }],
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': comment,
  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels': comment,
  'POST /repos/{owner}/{repo}/issues/{issue_number}/assignees': comment,
  'GET /repos/{owner}/{repo}/compare/{basehead}': [{ contents: 'read' }],
  'GET /repos/{owner}/{repo}/actions/secrets': [{ secrets: 'read' }],
  'GET /repos/{owner}/{repo}/actions/organization-secrets': [{ secrets: 'read' }],
  'GET /repos/{owner}/{repo}/environments/{environment_name}/secrets': [{ environments: 'read' }],
  'GET /repos/{owner}/{repo}/actions/variables': [{ actions_variables: 'read' }],
  'GET /repos/{owner}/{repo}/actions/organization-variables': [{ actions_variables: 'read' }],
  'GET /repos/{owner}/{repo}/environments/{environment_name}/variables': [{ environments: 'read' }],
} as const satisfies Record<string, Requirement>;

export type ServedOperation = keyof typeof servedOperations;
