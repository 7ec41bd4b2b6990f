import type { Dispatcher } from 'undici';
import type { Environment } from '../core/environment.ts';
import type { SecretKeeper } from '../core/secrets.ts';
import type { WrittenPlace } from '../core/written-place.ts';
import type { Clock } from '../http/clock.ts';
import type { Timeouts } from '../http/exchange.ts';
import type { RateLimiter } from '../http/rate-limiter.ts';
import type { OnSilence } from '../http/silence.ts';
import type { CredentialStore } from './auth/credential-types.ts';
import type { PullGate } from './meter.ts';
import type { RetryPolicy } from './retry.ts';

export interface RegistryClientOptions {
  /** Absent: the machine's. */
  readonly clock?: Clock;
  /** Of it are read: the places of auth files, certificates and proxies, and what credential helpers need. */
  readonly env: Environment;
  readonly homeDirectory: string;
  /** Absent: the auth files of `env` and `homeDirectory`. Clients that share one read them once. */
  readonly credentials?: CredentialStore;
  readonly signal?: AbortSignal;
  /** Absent: 300 for docker.io, as docker-library's own tools have it; unlimited elsewhere. */
  readonly requestsPerMinute?: number;
  /** Of several clients for one registry, in place of `requestsPerMinute`: see `registryLimiter`. */
  readonly limiter?: RateLimiter;
  /** Requests under way at once; absent: 8. */
  readonly concurrency?: number;
  /** Asked before each GET of a manifest; absent: there is no other limit than the registry's. */
  readonly pulls?: PullGate;
  readonly retry?: Partial<RetryPolicy>;
  readonly timeouts?: Partial<Timeouts>;
  /** What a token is asked for to read; absent: `pull`. `pull,push` where the repository is written to as well. */
  readonly actions?: 'pull' | 'pull,push';
  /** Keeps the secrets of the run out of what is printed; absent: one of this client's own. */
  readonly secrets?: SecretKeeper;
  /** How errors name the registry and a namespace of it. Absent: as they are. */
  readonly place?: WrittenPlace;
  /** More certificate authorities, in PEM. */
  readonly ca?: readonly string[];
  /**
   * Whether the registry is a destination, which is read less strictly than a source: a HEAD without a digest is followed by
   * one GET, and a manifest of a foreign type is something else, not an error. Absent: no.
   */
  readonly isDestination?: boolean;
  /** Told where the registry has not answered for two seconds. */
  readonly onSilence?: OnSilence;
  /** The way to the network, for tests; it is closed with the client. */
  readonly dispatcher?: Dispatcher;
}
