import { ForgeError, isForgeError } from '../errors.ts';
import type { ForgeCommits, NewCommit } from '../types.ts';
import type { GitHubSession } from './session.ts';

const mutation = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

interface Answer {
  readonly createCommitOnBranch: { readonly commit: { readonly oid: string } };
}

/** GitHub takes 45 MB (GraphQL, "createCommitOnBranch"); base64 takes a third more. */
const mostBytes = 32 * 1024 * 1024;

/** Commits over GitHub's GraphQL API, which signs them. */
export function gitHubCommits({ octokit, repository, ask }: GitHubSession): ForgeCommits {
  return {
    async commitFiles(commit) {
      const input = inputOf(repository, commit);
      const size = input.fileChanges.additions.reduce((sum, { contents }) => sum + contents.length, 0);
      if (size > mostBytes) throw tooLarge(size);
      try {
        return await ask(
          'POST /graphql',
          () => octokit.graphql<Answer>(mutation, { input }),
          ({ createCommitOnBranch }) => createCommitOnBranch.commit.oid,
        );
      } catch (error) {
        throw isForgeError(error, 'missing-permission') ? rightOf(error, commit) : error;
      }
    },
  };
}

function inputOf(repository: string, { branch, expected, edits, message }: NewCommit) {
  const [headline = '', ...body] = message.trimEnd().split('\n');
  return {
    branch: { repositoryNameWithOwner: repository, branchName: branch },
    expectedHeadOid: expected,
    message: { headline, body: body.join('\n').trim() },
    fileChanges: {
      additions: edits.flatMap((edit) =>
        edit.change === 'delete' ? [] : [{ path: edit.path, contents: edit.content.toString('base64') }],
      ),
      deletions: edits.flatMap(({ path, change }) => (change === 'delete' ? [{ path }] : [])),
    },
  };
}

function tooLarge(size: number): ForgeError {
  return new ForgeError({
    kind: 'validation',
    request: 'POST /graphql',
    summary: `GitHub makes no commit of so many bytes; the most is ${mostBytes}.`,
    value: String(size),
    hint: 'Let git commit: `update.commit: {by: git}`.',
  });
}

/** The branch was made with the right to write contents: what lacks is that to change workflows, where some are changed. */
function rightOf({ details }: ForgeError, { edits }: NewCommit): ForgeError {
  const hasWorkflows = edits.some(({ path }) => path.startsWith('.github/workflows/'));
  return hasWorkflows
    ? new ForgeError({
        ...details,
        kind: 'workflow-permission',
        summary: 'the token may not change workflows.',
        hint: undefined,
      })
    : new ForgeError({ ...details, rights: ['contents: write'], summary: 'the token lacks a right: contents: write.' });
}
