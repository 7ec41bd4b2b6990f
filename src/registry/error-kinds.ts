/** How soon a kind of error is tried again, or not at all. */
export interface RetryRule {
  readonly retry: boolean;
  /** The wait before the second try where the registry names none; it doubles from try to try. */
  readonly firstDelayMs: number;
}

const never: RetryRule = { retry: false, firstDelayMs: 0 };
const soon: RetryRule = { retry: true, firstDelayMs: 1_000 };

/** What can go wrong, and whether it is tried again: the one place that decides it. */
export const retryTable = {
  /** 401, after a new token or new credentials did not help. */
  unauthorized: never,
  /** 403. */
  denied: never,
  /** 404, where absence is no answer. */
  'not-found': never,
  /** 404 to a write: the registry lacks the repository, or the project it belongs to. */
  'no-repository': never,
  /** 429. Doubling from 5 s outlives a limit by the minute within five tries. */
  'rate-limited': { retry: true, firstDelayMs: 5_000 },
  /** 5xx. */
  server: soon,
  /** The registry lost track of an upload, or took it for something else: another one is begun. */
  upload: soon,
  /** No connection, or one that broke. */
  network: soon,
  /** No answer in time, or 408. */
  timeout: soon,
  /** A certificate or handshake that TLS refuses. */
  tls: never,
  /** Something else answers at this address. */
  'not-a-registry': never,
  /** A registry's answer that breaks the protocol. */
  'bad-answer': never,
  /** A manifest of a type that is none of the four. */
  'media-type': never,
  /** An answer to HEAD without a digest. */
  'no-digest': never,
  /** Bytes, header and name of a manifest disagree. */
  'digest-mismatch': never,
  /** An answer longer than its limit. */
  'too-large': never,
  /** A write that the registry does not take. */
  refused: never,
  /** A write for which the registry has no room. */
  'no-space': never,
  /** A write beyond what the account, project or file system may hold. */
  quota: never,
  /** A tag that the registry does not let move. */
  immutable: never,
  /** 413. */
  'body-too-large': never,
  /** A redirection that is not followed. */
  redirect: never,
  /** A request to send credentials where they would not be safe. */
  'unsafe-auth': never,
} as const satisfies Record<string, RetryRule>;

/** What went wrong; the error's code is `registry/` and this. */
export type RegistryErrorKind = keyof typeof retryTable;

/** The request that failed. */
export interface RequestContext {
  readonly method: string;
  /** As people write it: `docker.io`, not the Hub's real host. */
  readonly host: string;
  readonly repository?: string;
  readonly reference?: string;
  /** Who was asked when it was not the registry itself: a token server. */
  readonly at?: string;
}
