import { type CheckRun, pullsOf, type RepositoryState, type Status, type User, type World } from '../state.ts';
import { apiOf, epoch, webOf } from './addresses.ts';
import { userAnswer } from './people.ts';

export function checkRunAnswer(world: World, run: CheckRun, state: RepositoryState) {
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    name: run.name,
    head_sha: run.commit,
    external_id: '',
    url: `${apiOf(world, state)}/check-runs/${run.id}`,
    html_url: `${webOf(world, state)}/runs/${run.id}`,
    details_url: run.url ?? `${webOf(world, state)}/runs/${run.id}`,
    status: run.status,
    conclusion: run.conclusion,
    started_at: epoch,
    completed_at: run.status === 'completed' ? epoch : null,
    output: {
      title: run.title,
      summary: run.summary,
      text: null,
      annotations_count: 0,
      annotations_url: `${apiOf(world, state)}/check-runs/${run.id}/annotations`,
    },
    check_suite: { id: run.id },
    app: null,
    pull_requests: pullsOf(state)
      .filter(({ isOpen, headCommit }) => isOpen && headCommit === run.commit)
      .map((one) => ({
        id: one.id,
        number: one.number,
        url: `${apiOf(world, state)}/pulls/${one.number}`,
        head: {
          ref: one.headBranch,
          sha: one.headCommit,
          repo: { id: state.id, url: apiOf(world, state), name: state.name },
        },
        base: {
          ref: one.base,
          sha: one.baseCommit,
          repo: { id: state.id, url: apiOf(world, state), name: state.name },
        },
      })),
  };
}

export function statusAnswer(
  world: World,
  { id, commit, context, state: result, description }: Status,
  by: User,
  state: RepositoryState,
) {
  return {
    id,
    node_id: `SC_${id}`,
    url: `${apiOf(world, state)}/statuses/${commit}`,
    avatar_url: null,
    state: result,
    description,
    target_url: null,
    context,
    created_at: epoch,
    updated_at: epoch,
    creator: userAnswer(world, by),
  };
}
