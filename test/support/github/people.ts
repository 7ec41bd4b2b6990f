import type { BareRepository, FileChanges } from '../forge/bare-repository.ts';
import { addPull } from './handlers/pulls.ts';
import { refresh } from './refresh.ts';
import type { Issue, Pull, RepositoryState, Settings, World } from './state.ts';

/** A repository as a test sees it: what is in it, and what people do there. */
export interface StandInRepository {
  readonly fullName: string;
  /** For `git clone` and `git push`. */
  readonly url: string;
  readonly git: BareRepository;
  /** May be changed at any time. */
  readonly settings: Settings;
  pulls(): readonly Pull[];
  issues(): readonly Issue[];
  thread(number: number): Issue | Pull;
  /** Somebody commits to a branch, a new one from the default branch, with no rule in the way. */
  commit(login: string, branch: string, changes: FileChanges, message?: string): Promise<string>;
  /** Somebody merges a pull request, by a merge commit or one that holds it all; the branch stays. Throws where it has a conflict. */
  merge(number: number, login: string, method?: 'merge' | 'squash'): Promise<string>;
  /** Somebody presses "Update branch". Throws where there is a conflict. */
  updateBranch(number: number, login: string, method: 'merge' | 'rebase'): Promise<string>;
  close(number: number, login: string): void;
  comment(number: number, login: string, body: string): void;
  label(number: number, ...labels: readonly string[]): void;
  /** Somebody opens a pull request from a branch of a fork. */
  openFromFork(fork: StandInRepository, branch: string, title: string): Promise<number>;
}

export function asSeenByPeople(state: RepositoryState, world: World): StandInRepository {
  const { git, threads } = state;
  const person = (login: string) => ({ name: login, email: world.user(login).email, date: world.now() });
  const thread = (number: number): Issue | Pull => {
    const found = threads.find((one) => one.number === number);
    if (found === undefined) throw new Error(`${state.fullName} has no #${number}.`);
    return found;
  };
  const close = (number: number, login: string): void => {
    const found = thread(number);
    found.isOpen = false;
    found.closedAt = world.now();
    found.closedBy = world.user(login);
    found.updatedAt = found.closedAt;
  };
  async function openPull(number: number): Promise<Pull> {
    await refresh(state, world);
    const pull = thread(number);
    if (pull.kind !== 'pull' || !pull.isOpen) throw new Error(`#${number} is no open pull request.`);
    return pull;
  }
  return {
    fullName: state.fullName,
    url: `${world.serverUrl}/${state.fullName}.git`,
    git,
    settings: state.settings,
    pulls: () => threads.filter((one) => one.kind === 'pull'),
    issues: () => threads.filter((one) => one.kind === 'issue'),
    thread,
    async commit(login, branch, changes, message = 'A change') {
      const [own, start] = await Promise.all(
        [branch, state.defaultBranch].map((name) => git.find(`refs/heads/${name}`)),
      );
      if (own === undefined && start !== undefined) await git.run('update-ref', `refs/heads/${branch}`, start);
      return git.commit(branch, changes, message, person(login));
    },
    async merge(number, login, method = 'merge') {
      const pull = await openPull(number);
      const { title, headOwner, headBranch, baseCommit, headCommit } = pull;
      const commit =
        method === 'squash'
          ? await git.squash(baseCommit, headCommit, `${title} (#${number})`, person(login))
          : await git.merge(
              ...([baseCommit, headCommit] as const),
              `Merge pull request #${number} from ${headOwner}/${headBranch}`,
              person(login),
            );
      if (commit === undefined) throw new Error(`#${number} has a conflict with ${pull.base}.`);
      await git.run('update-ref', `refs/heads/${pull.base}`, commit, pull.baseCommit);
      close(number, login);
      Object.assign(pull, { mergedAt: pull.closedAt, mergedBy: world.user(login), mergeCommit: commit });
      return commit;
    },
    async updateBranch(number, login, method) {
      const { base, baseCommit, headBranch, headCommit } = await openPull(number);
      const message = `Merge branch '${base}' into ${headBranch}`;
      const commit =
        method === 'merge'
          ? await git.merge(headCommit, baseCommit, message, person(login))
          : await git.rebase(baseCommit, headCommit, person(login));
      if (commit === undefined) throw new Error(`#${number} has a conflict with ${base}.`);
      await git.run('update-ref', `refs/heads/${headBranch}`, commit, headCommit);
      return commit;
    },
    close,
    comment: (number, login, body) => {
      thread(number).comments.push({ id: world.nextId(), user: world.user(login), body, createdAt: world.now() });
    },
    label: (number, ...labels) => {
      const found = thread(number);
      found.labels = [...new Set([...found.labels, ...labels])];
    },
    async openFromFork(fork, branch, title) {
      const head = world.repositories.find(({ fullName }) => fullName === fork.fullName);
      const commit = await fork.git.find(`refs/heads/${branch}`);
      if (head === undefined || commit === undefined) throw new Error(`${fork.fullName} has no ${branch}.`);
      const origin = { repository: head, branch, commit };
      const by = head.owner.login;
      const base = state.defaultBranch;
      const pull = await addPull(state, { world }, { by, title, body: null, head: origin, base, isDraft: false });
      return pull.number;
    },
  };
}
