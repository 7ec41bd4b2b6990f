import type { StandInRepository } from '../github/people.ts';
import type { Pull } from '../github/state.ts';

export const botBranch = 'mirrorlock/update';
const editedFile = 'NOTES.md';

/** What people do with a pull request. */
export type Fate = 'merged at once' | 'merged late' | 'edited' | 'closed';

/** Every third pull request waits, the second gets a commit of a person, the fourth is closed. `nth` counts from 1. */
export function fateOf(nth: number): Fate {
  if (nth === 2) return 'edited';
  if (nth === 4) return 'closed';
  return nth % 3 === 0 ? 'merged late' : 'merged at once';
}

/** How many steps a pull request stays open. */
const patience: Readonly<Record<Fate, number>> = { 'merged at once': 1, 'merged late': 5, edited: 4, closed: 1 };

export interface People {
  /** The commit that somebody pushed to the branch of the open pull request. */
  readonly edit: string | undefined;
  /** The name of the content that they want no more of. */
  readonly declined: string | undefined;
  readonly fates: readonly Fate[];
  /** Does what is due; gives whether something was merged. Throws where an edit did not get into main. */
  act(step: number): Promise<boolean>;
}

/** The people who look after a mirror repository. */
export function somePeople(repository: StandInRepository): People {
  const openedAt = new Map<number, number>();
  const fates: Fate[] = [];
  let edit: string | undefined;
  let declined: string | undefined;

  async function merge({ number }: Pull): Promise<true> {
    await repository.merge(number, 'alice');
    const isLost = edit !== undefined && (await repository.git.read('main', editedFile)) === undefined;
    if (isLost) throw new Error(`The commit ${edit} was merged, and main has no ${editedFile}.`);
    edit = undefined;
    return true;
  }

  return {
    get edit() {
      return edit;
    },
    get declined() {
      return declined;
    },
    fates,
    async act(step) {
      const pull = repository.pulls().find(({ isOpen }) => isOpen);
      if (pull === undefined) return false;
      if (!openedAt.has(pull.number)) {
        openedAt.set(pull.number, step - 1);
        fates.push(fateOf(openedAt.size));
      }
      const fate = fateOf(openedAt.size);
      const age = step - (openedAt.get(pull.number) ?? step);
      if (age >= patience[fate] && fate !== 'closed') return merge(pull);
      if (age >= patience[fate]) {
        declined = contentOf(pull);
        repository.close(pull.number, 'carol');
      } else if (fate === 'edited' && edit === undefined) {
        edit = await repository.commit('bob', botBranch, { [editedFile]: `Looked at in step ${step}.\n` }, 'Add notes');
      }
      return false;
    },
  };
}

/** The name of a pull request's content, which the bot left in its text. */
export function contentOf({ body }: Pull): string | undefined {
  return /<!-- mirrorlock:content:(\w+) -->/.exec(body ?? '')?.[1];
}
