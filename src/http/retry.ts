/**
 * Does work until it has a result, or `again` says no; then its error is thrown. `again` takes the error and how many tries
 * there were, and itself waits before it says yes.
 */
export async function retrying<T>(
  work: () => Promise<T>,
  again: (error: unknown, tries: number) => Promise<boolean>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(await again(error, tries))) throw error;
    }
  }
}
