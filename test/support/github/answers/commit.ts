import type { CommitFacts } from '../../forge/bare-repository.ts';
import type { RepositoryState, World } from '../state.ts';
import { apiOf, webOf } from './addresses.ts';
import { userAnswer } from './people.ts';

export function commitAnswer(
  world: World,
  { sha, tree, parents, author, committer, message }: CommitFacts,
  state: RepositoryState,
) {
  const known = (email: string) => world.users.find((one) => one.email === email);
  const account = (email: string) => {
    const found = known(email);
    return found === undefined ? null : userAnswer(world, found);
  };
  const link = (commit: string) => ({
    url: `${apiOf(world, state)}/commits/${commit}`,
    html_url: `${webOf(world, state)}/commit/${commit}`,
  });
  return {
    ...link(sha),
    sha,
    node_id: `C_${sha}`,
    comments_url: `${apiOf(world, state)}/commits/${sha}/comments`,
    commit: {
      url: `${apiOf(world, state)}/git/commits/${sha}`,
      author,
      committer,
      message,
      comment_count: 0,
      tree: { sha: tree, url: `${apiOf(world, state)}/git/trees/${tree}` },
      verification: { verified: false, reason: 'unsigned', payload: null, signature: null, verified_at: null },
    },
    author: account(author.email),
    committer: account(committer.email),
    parents: parents.map((parent) => ({ sha: parent, ...link(parent) })),
  };
}
