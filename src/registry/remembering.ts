/** Work done once for each key: calls of one key share a promise. What fails is forgotten, so that it is tried again. */
export interface Remembered<T> {
  get(key: string, work: () => Promise<T>): Promise<T>;
  /** Forgets what is known for `key`; given a promise, only when it still is that one. */
  forget(key: string, promise?: Promise<T>): void;
}

export function remembering<T>(): Remembered<T> {
  const promises = new Map<string, Promise<T>>();
  const forget = (key: string, promise?: Promise<T>): void => {
    if (promise === undefined || promises.get(key) === promise) promises.delete(key);
  };
  return {
    forget,
    get(key, work) {
      const known = promises.get(key);
      if (known !== undefined) return known;
      const promise = work();
      promises.set(key, promise);
      // The caller gets the failure from the promise itself; this only keeps it from being remembered.
      promise.catch(() => forget(key, promise));
      return promise;
    },
  };
}
