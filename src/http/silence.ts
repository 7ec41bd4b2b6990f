/** Watches a host that is asked, and says when it has not answered for a while. */
export interface SilenceWatch {
  /** Does work that waits for answers of the host. */
  watch<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The host has answered, whatever it said. */
  heard(): void;
}

/** Told that a host is silent; gives what is to be called when that is over, with whether it answered. */
export type OnSilence = () => (hasAnswered: boolean) => void;

/** How long people wait before they ask what goes on (ms). */
const afterMs = 2_000;

/** A watch that calls `onSilence` where no answer has come for two seconds while at least one was waited for. */
export function silenceWatch(onSilence: OnSilence): SilenceWatch {
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;
  let end: ReturnType<OnSilence> | undefined;
  const arm = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      end ??= onSilence();
    }, afterMs).unref();
  };
  const finish = (hasAnswered: boolean): void => {
    end?.(hasAnswered);
    end = undefined;
  };
  return {
    async watch(work) {
      pending += 1;
      if (pending === 1) arm();
      try {
        return await work();
      } finally {
        pending -= 1;
        if (pending === 0) {
          clearTimeout(timer);
          finish(false);
        }
      }
    },
    heard() {
      finish(true);
      if (pending > 0) arm();
    },
  };
}
