/** What a member can do when nobody has anything left to pull. */
export interface RefillPolicy {
  /** Asks the source anew what it allows; whether that is more than before. No member pulls meanwhile. */
  renew(): Promise<boolean>;
  /** Waits until pulls come back; `false` where that takes longer than the run may wait. */
  wait(): Promise<boolean>;
}

/** Why a member that could do nothing may try again, or that it is to end. */
export type Turn = 'retry' | 'again' | 'end';

/** One of those that work within the allowance of a run. */
export interface Participant {
  /** It has pulled something, which the others may need no more. */
  pulled(): void;
  /**
   * It can do nothing with what is left. Resolves when all the others have come to that too: `news` where they have pulled
   * something since it was last here, else `again` when there is more to pull, and `end`.
   */
  waitForOthers(ways: RefillPolicy): Promise<Turn>;
  leave(): void;
}

/** Those that work within one allowance at the same time: the destinations of a run. */
export interface Coordinator {
  /** Begins the allowance where nobody else is at work with it; else it is as the others have it. */
  join(begin: () => Promise<void>): Promise<Participant>;
}

interface Waiting {
  hasNews(): boolean;
  readonly ways: RefillPolicy;
  resolve(turn: Turn): void;
  reject(error: unknown): void;
}

/**
 * Lets an allowance be begun anew only while no member pulls: at the first, and when all are stuck. One that is stuck
 * waits for the others, since what they pull is kept for it.
 */
export function coordinator(): Coordinator {
  let members = 0;
  let pulls = 0;
  let stuck: Waiting[] = [];
  let beginning: Promise<unknown> = Promise.resolve();

  const meet = async (): Promise<void> => {
    const [first] = stuck;
    if (first === undefined || stuck.length < members) return;
    const told = stuck.filter(({ hasNews }) => hasNews());
    const woken = told.length > 0 ? told : stuck;
    stuck = stuck.filter((one) => !woken.includes(one));
    if (told.length > 0) {
      for (const { resolve } of told) resolve('retry');
      return;
    }
    try {
      const renewing = first.ways.renew();
      beginning = renewing;
      const goesOn = (await renewing) || (await first.ways.wait());
      for (const { resolve } of woken) resolve(goesOn ? 'again' : 'end');
    } catch (error) {
      for (const { reject } of woken) reject(error);
    }
  };

  const member = (): Participant => {
    let known = pulls;
    return {
      pulled() {
        // Its own are no news to it, unless others' came before.
        if (known === pulls) known += 1;
        pulls += 1;
      },
      waitForOthers: (ways) =>
        new Promise<Turn>((resolve, reject) => {
          const hasNews = () => pulls > known;
          const wake = (turn: Turn) => {
            known = pulls;
            resolve(turn);
          };
          stuck.push({ hasNews, ways, resolve: wake, reject });
          void meet();
        }),
      leave() {
        members -= 1;
        void meet();
      },
    };
  };

  return {
    async join(begin) {
      members += 1;
      try {
        if (members === 1) beginning = begin();
        await beginning;
        return member();
      } catch (error) {
        members -= 1;
        void meet();
        throw error;
      }
    },
  };
}
