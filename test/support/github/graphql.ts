import { readFileSync } from 'node:fs';
import { buildSchema, GraphQLError, graphql } from 'graphql';
import type { Answer } from '../forge/exchange.ts';
import { permissionsOf } from './rights.ts';
import { type Pull, pullsOf, type Token, type World } from './state.ts';

const schema = buildSchema(readFileSync(new URL('description.graphql', import.meta.url), 'utf8'));

/** GitHub's refusals of GraphQL come with 200 and a type. */
function refuse(type: string, message: string): GraphQLError & { type: string } {
  return Object.assign(new GraphQLError(message), { type });
}

/**
 * Answers a GraphQL request by GitHub's own schema, as far as it is served. What the schema does not allow is told to
 * `violated`.
 */
export async function answerGraphQl(
  body: { readonly query?: string; readonly variables?: Record<string, unknown> },
  token: Token,
  world: World,
  violated: (violation: string) => void,
): Promise<Answer> {
  const source = body.query ?? '';
  const result = await graphql({
    schema,
    source,
    rootValue: resolvers(token, world),
    ...(body.variables === undefined ? {} : { variableValues: body.variables }),
  });
  const errors = result.errors?.map((error) => {
    const original = error.originalError;
    if (original === undefined || !('type' in original)) violated(`GraphQL ${source}: ${error.message}`);
    return {
      message: error.message,
      type: original && 'type' in original ? original.type : 'INVALID',
      path: error.path,
    };
  });
  return { status: 200, body: { data: result.data ?? null, ...(errors === undefined ? {} : { errors }) } };
}

type Input<Rest = object> = { readonly input: { readonly pullRequestId: string } & Rest };

function resolvers(token: Token, world: World) {
  const change = (id: string, alter: (pull: Pull, allowsAutoMerge: boolean) => void) => {
    const repository = world.repositories.find((one) => pullsOf(one).some(({ nodeId }) => nodeId === id));
    const pull = repository && pullsOf(repository).find(({ nodeId }) => nodeId === id);
    if (!pull || !repository) throw refuse('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'.`);
    if (permissionsOf(token)['pull_requests'] !== 'write') {
      throw refuse('FORBIDDEN', 'Resource not accessible by integration');
    }
    alter(pull, repository.settings.allowsAutoMerge);
    return { clientMutationId: null, pullRequest: toGraphQl(pull) };
  };
  return {
    viewer: { login: token.user.login },
    createCommitOnBranch: ({ input }: { readonly input: CommitInput }) => createCommit(token, world, input),
    enablePullRequestAutoMerge: ({ input }: Input<{ readonly mergeMethod: 'MERGE' | 'SQUASH' | 'REBASE' }>) =>
      change(input.pullRequestId, (pull, isAllowed) => {
        if (!isAllowed) throw refuse('UNPROCESSABLE', 'Pull request Auto merge is not allowed for this repository');
        if (pull.isDraft) throw refuse('UNPROCESSABLE', 'Pull request Pull request is in draft state');
        const method = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;
        pull.autoMerge = { method: method[input.mergeMethod], by: token.user, at: world.now() };
      }),
    disablePullRequestAutoMerge: ({ input }: Input) =>
      change(input.pullRequestId, (pull) => {
        if (pull.autoMerge === null) throw refuse('UNPROCESSABLE', "Can't disable auto-merge for this pull request");
        pull.autoMerge = null;
      }),
  };
}

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner?: string; readonly branchName?: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

/** GitHub commits in the name of the token's account, by itself, and signs. */
async function createCommit(
  token: Token,
  world: World,
  { branch, expectedHeadOid, message, fileChanges }: CommitInput,
) {
  const { repositoryNameWithOwner: name, branchName = '' } = branch;
  const repository = world.repositories.find(({ fullName }) => fullName === name);
  const tip = await repository?.git.find(`refs/heads/${branchName}`);
  if (repository === undefined || tip === undefined)
    throw refuse('NOT_FOUND', `No ref matches ${branchName} in ${name}.`);
  const { additions = [], deletions = [] } = fileChanges ?? {};
  const rights = permissionsOf(token);
  const hasWorkflows = [...additions, ...deletions].some(({ path }) => path.startsWith('.github/workflows/'));
  const mayChangeWorkflows = token.kind !== 'actions' && rights['workflows'] === 'write';
  if (rights['contents'] !== 'write' || (hasWorkflows && !mayChangeWorkflows))
    throw refuse('FORBIDDEN', 'Resource not accessible by integration');
  if (tip !== expectedHeadOid)
    throw refuse('STALE_DATA', `Expected branch to point to "${expectedHeadOid}" but it did not. Pull and try again.`);
  const changes = {
    ...Object.fromEntries(additions.map(({ path, contents }) => [path, Buffer.from(contents, 'base64').toString()])),
    ...Object.fromEntries(deletions.map(({ path }) => [path, null])),
  };
  const text = [message.headline, message.body ?? ''].join('\n\n').trim();
  const { login, email } = token.user;
  const oid = await repository.git.commitSigned(branchName, changes, text, { name: login, email, date: world.now() });
  return { clientMutationId: null, commit: { oid } };
}

function toGraphQl({ nodeId, number, isDraft, autoMerge }: Pull) {
  const request = autoMerge && { enabledAt: autoMerge.at, mergeMethod: autoMerge.method.toUpperCase() };
  return { id: nodeId, number, isDraft, autoMergeRequest: request };
}
