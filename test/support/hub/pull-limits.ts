import type { Allowance, HubOptions } from './options.ts';

/** Counts the pulls of one account or address against its allowance. */
export interface PullLimit {
  /** Counts one pull; false, and nothing is counted, when none is left. */
  take(): boolean;
  /** `ratelimit-*` as the Hub sends them, none without a limit. */
  headers(): Record<string, string>;
  /** Seconds until a pull is allowed again; 0 when one is allowed now. */
  secondsToWait(): number;
  /** Pulls allowed so far, in all windows. */
  readonly taken: number;
}

const sixHours = 21_600;

/** The pulls of one account. Above the limit nothing is counted: the Hub's `remaining` does not fall below 0. */
export function pullLimit({ pulls }: Allowance, options: HubOptions): PullLimit {
  const { windowSeconds = sixHours, window = 'fixed', now = Date.now } = options;
  const span = windowSeconds * 1000;
  /** When each pull of the window comes back. */
  let returns: number[] = [];
  let taken = 0;
  const left = (): number => {
    returns = returns.filter((time) => time > now());
    return (pulls ?? Number.POSITIVE_INFINITY) - returns.length;
  };
  return {
    take() {
      if (left() <= 0) return false;
      const [first] = returns;
      returns.push(window === 'fixed' && first !== undefined ? first : now() + span);
      taken += 1;
      return true;
    },
    headers() {
      if (pulls === undefined) return {};
      const amount = (count: number) => `${count};w=${windowSeconds}`;
      return { 'ratelimit-limit': amount(pulls), 'ratelimit-remaining': amount(left()) };
    },
    secondsToWait() {
      return left() > 0 ? 0 : Math.ceil(((returns[0] ?? now()) - now()) / 1000);
    },
    get taken() {
      return taken;
    },
  };
}

/** Whether an address has asked too often in the last minute; each question is counted. */
export function abuseLimit(requestsPerMinute: number | undefined, now: () => number): (address: string) => boolean {
  const asked = new Map<string, number[]>();
  return (address) => {
    if (requestsPerMinute === undefined) return false;
    const recent = (asked.get(address) ?? []).filter((time) => time > now() - 60_000);
    recent.push(now());
    asked.set(address, recent);
    return recent.length > requestsPerMinute;
  };
}
