import { RegistryError } from '../errors.ts';

/** How many requests a registry gets at once. */
export interface Load {
  /** From 1 to what was configured. */
  readonly atOnce: number;
  /** A request begins; gives what {@link Load.ended} is told about it. */
  begin(): number;
  /** A request has ended, with an error or none. */
  ended(begun: number, error?: unknown): void;
}

/**
 * A load that halves where the registry answers 429 or 5xx, once for all requests that were under way then, and grows by one
 * after each round that went well: as many good answers as may be under way.
 */
export function adaptiveLoad(most: number): Load {
  let atOnce = most;
  let halvings = 0;
  let good = 0;
  return {
    get atOnce() {
      return atOnce;
    },
    begin: () => halvings,
    ended(begun, error) {
      // What began before the last halving says nothing about the load since.
      if (begun !== halvings) return;
      if (isOverload(error)) {
        atOnce = Math.max(1, Math.floor(atOnce / 2));
        halvings += 1;
        good = 0;
      } else if (isAnswer(error)) {
        good += 1;
        if (good < atOnce) return;
        atOnce = Math.min(most, atOnce + 1);
        good = 0;
      }
    },
  };
}

/** Not the pull limit, which has nothing to do with how many requests come at once; nor a token server's answer. */
function isOverload(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.details.request.at !== undefined) return false;
  if (error.kind === 'rate-limited') return error.details.isPullLimit !== true;
  return error.kind === 'server' && error.status !== undefined;
}

/** Whether the registry answered; a refusal is as good an answer as any. */
function isAnswer(error: unknown): boolean {
  return error === undefined || (error instanceof RegistryError && error.status !== undefined && error.status < 500);
}
