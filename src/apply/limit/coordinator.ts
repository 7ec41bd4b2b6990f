/** What a participant can do when nobody has anything left to pull. */
export interface RefillPolicy {
  /** Asks the source anew what it allows; whether that is more than before. No participant pulls meanwhile. */
  renew(): Promise<boolean>;
  /** Waits until pulls come back; `false` where that takes longer than the run may wait. */
  wait(): Promise<boolean>;
}

/** Why a participant that could do nothing may try again, or that it is to end. */
export type Turn = 'retry' | 'again' | 'end';

/** One of those that work within the allowance of a run. */
export interface Participant {
  /** It has pulled something, which the others may need no more. */
  pulled(): void;
  /**
   * It can do nothing with what is left. Resolves when all the others have come to that too: `retry` where they have pulled
   * something since it was last here, else `again` when there is more to pull, and `end`.
   */
  waitForOthers(policy: RefillPolicy): Promise<Turn>;
  leave(): void;
}

/** Those that work within one allowance at the same time: the destinations of a run. */
export interface Coordinator {
  /** Begins the allowance where nobody else is at work with it; else it is as the others have it. */
  join(begin: () => Promise<void>): Promise<Participant>;
}

interface Waiting {
  mayRetry(): boolean;
  readonly policy: RefillPolicy;
  resolve(turn: Turn): void;
  reject(error: unknown): void;
}

/**
 * Lets an allowance be begun anew only while no participant pulls: at the first, and when each waits for the others. One that
 * can do nothing waits, since what the others pull is kept for it.
 */
export function coordinator(): Coordinator {
  let participants = 0;
  let pulls = 0;
  let waiting: Waiting[] = [];
  let beginning: Promise<unknown> = Promise.resolve();

  const meet = async (): Promise<void> => {
    const [first] = waiting;
    if (first === undefined || waiting.length < participants) return;
    const ready = waiting.filter(({ mayRetry }) => mayRetry());
    const woken = ready.length > 0 ? ready : waiting;
    waiting = waiting.filter((one) => !woken.includes(one));
    if (ready.length > 0) {
      for (const { resolve } of ready) resolve('retry');
      return;
    }
    try {
      const renewing = first.policy.renew();
      beginning = renewing;
      const goesOn = (await renewing) || (await first.policy.wait());
      for (const { resolve } of woken) resolve(goesOn ? 'again' : 'end');
    } catch (error) {
      for (const { reject } of woken) reject(error);
    }
  };

  const participant = (): Participant => {
    let known = pulls;
    return {
      pulled() {
        // Its own are nothing new to it, unless others' came before.
        if (known === pulls) known += 1;
        pulls += 1;
      },
      waitForOthers: (policy) =>
        new Promise<Turn>((resolve, reject) => {
          const mayRetry = () => pulls > known;
          const wake = (turn: Turn) => {
            known = pulls;
            resolve(turn);
          };
          waiting.push({ mayRetry, policy, resolve: wake, reject });
          void meet();
        }),
      leave() {
        participants -= 1;
        void meet();
      },
    };
  };

  return {
    async join(begin) {
      participants += 1;
      try {
        if (participants === 1) beginning = begin();
        await beginning;
        return participant();
      } catch (error) {
        participants -= 1;
        void meet();
        throw error;
      }
    },
  };
}
