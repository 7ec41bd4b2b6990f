import { setMaxListeners } from 'node:events';

/** A signal that aborts when another one does, with its reason, or when it is ended. */
export interface Ending {
  readonly signal: AbortSignal;
  end(reason: Error): void;
}

/** Nothing stays behind on `outer` after the end. */
export function endingWith(outer: AbortSignal | undefined): Ending {
  const controller = new AbortController();
  // Each request that is under way or waits for its next try listens to it: thousands are no leak.
  setMaxListeners(0, controller.signal);
  const follow = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    end(reason) {
      outer?.removeEventListener('abort', follow);
      controller.abort(reason);
    },
  };
}
