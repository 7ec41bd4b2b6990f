const pending = new Set<() => Promise<void>>();

/**
 * Registers how to end something that a test, the demo or a benchmark has started. Returns the same as a function that
 * does its work once, however often it is called. What nobody has ended, {@link cleanUp} ends.
 */
export function onCleanUp(end: () => Promise<void>): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const once = (): Promise<void> => {
    pending.delete(once);
    ended ??= end();
    return ended;
  };
  pending.add(once);
  return once;
}

/** Ends all that is registered, the newest first; throws the errors of those that failed together. */
export async function cleanUp(): Promise<void> {
  const errors: unknown[] = [];
  for (const end of [...pending].reverse()) {
    await end().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw new AggregateError(errors, 'Not all could be cleaned up.');
}

/** For programs outside of vitest: a signal ends all that is registered, and then the process. */
export function cleanUpOnInterrupt(): void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => {
      cleanUp().finally(() => process.exit(code));
    });
  }
}
