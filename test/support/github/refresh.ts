import { type Pull, pullsOf, type RepositoryState, type World } from './state.ts';

/** Brings the open pull requests of a repository to what git has now, as GitHub does after a push. */
export async function refresh(repository: RepositoryState, world: World): Promise<void> {
  for (const pull of pullsOf(repository)) {
    if (pull.isOpen) await refreshPull(pull, repository, world);
  }
}

async function refreshPull(pull: Pull, repository: RepositoryState, world: World): Promise<void> {
  const head = await pull.head?.git.find(`refs/heads/${pull.headBranch}`);
  const base = await repository.git.find(`refs/heads/${pull.base}`);
  // A pull request without one of its branches is closed, by nobody's hand.
  if (head === undefined || base === undefined) return close(pull, world);
  if (head === pull.headCommit && base === pull.baseCommit) return;
  pull.headCommit = head;
  pull.baseCommit = base;
  pull.updatedAt = world.now();
  await keepHead(pull, repository);
  if (await isAncestor(repository, head, base)) return markMerged(pull, base, world);
  pull.isMergeable = await repository.git.isMergeable(base, head);
}

function close(pull: Pull, world: World): void {
  pull.isOpen = false;
  pull.closedAt = world.now();
  pull.updatedAt = pull.closedAt;
}

function markMerged(pull: Pull, commit: string, world: World): void {
  close(pull, world);
  pull.mergedAt = pull.closedAt;
  pull.mergeCommit = commit;
}

/** Keeps the head as `refs/pull/N/head`, which stays when the branch goes, and brings it over from a fork. */
export async function keepHead(pull: Pull, repository: RepositoryState): Promise<void> {
  const ref = `refs/pull/${pull.number}/head`;
  if (pull.head !== undefined && pull.head !== repository) {
    await repository.git.run(
      'fetch',
      '--quiet',
      '--no-tags',
      pull.head.git.folder,
      `+refs/heads/${pull.headBranch}:${ref}`,
    );
  } else {
    await repository.git.run('update-ref', ref, pull.headCommit);
  }
}

export async function isAncestor({ git }: RepositoryState, ancestor: string, commit: string): Promise<boolean> {
  return (await git.run('rev-list', '--max-count=1', ancestor, `^${commit}`)) === '';
}

export async function haveCommonHistory({ git }: RepositoryState, one: string, other: string): Promise<boolean> {
  const roots = async (commit: string) => (await git.run('rev-list', '--max-parents=0', commit)).split('\n');
  const [ofOne, ofOther] = await Promise.all([roots(one), roots(other)]);
  return ofOne.some((root) => ofOther.includes(root));
}
