import type { Credentials } from '../registry.ts';

/** An account, or everybody who has none. */
export interface Allowance {
  /** Counted pulls in a window; absent: unlimited, and answers have no headers of a limit. */
  readonly pulls?: number;
}

export interface HubOptions {
  /** For those without an account, by their address; default: 100 pulls, as the Hub has it. */
  readonly anonymous?: Allowance;
  readonly accounts?: readonly (Credentials & Allowance)[];
  /** Seconds, as the headers tell it; default: 21600 (6 hours). */
  readonly windowSeconds?: number;
  /**
   * `fixed` (default): a window begins with its first pull, and what was pulled in it comes back all at once at its end.
   * `sliding`: each pull comes back a window later. The Hub does not document which it is.
   */
  readonly window?: 'fixed' | 'sliding';
  /** Whether a 429 for the pull limit has `Retry-After`; default: no. */
  readonly retryAfter?: boolean;
  /** Requests a minute from an address, of any kind, before the abuse limit answers; default: none. */
  readonly abuseLimit?: number;
  /** How long a token is good for; default: 300 seconds. */
  readonly tokenSeconds?: number;
  /** Whether blobs are redirected to another address, as the Hub does; default: no. */
  readonly redirectsBlobs?: boolean;
  /** Milliseconds since the epoch; default: the machine's clock. */
  readonly now?: () => number;
}
