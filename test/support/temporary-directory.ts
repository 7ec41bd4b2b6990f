import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCleanUp } from './cleanup.ts';

export interface TemporaryDirectory {
  readonly path: string;
  /** Removes the directory and all in it. */
  dispose(): Promise<void>;
}

const existing = new Set<string>();
const remove = (path: string): void => {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  existing.delete(path);
};

// For an exit that skips the clean-up, such as an error in the demo.
process.on('exit', () => existing.forEach(remove));

/** Makes an empty directory, gone after the test file (vitest), after `cleanUp()`, or when the process exits. */
export function temporaryDirectory(): TemporaryDirectory {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'mirrorlock-')));
  existing.add(path);
  return { path, dispose: onCleanUp(async () => remove(path)) };
}
