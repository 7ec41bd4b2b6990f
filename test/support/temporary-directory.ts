import { mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
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
  return directoryIn(tmpdir());
}

/**
 * The same in memory, where the system has enough of it; TMPDIR overrides that. For registries: they write thousands of
 * small files and wait for the disk after each, which would be most of what a test or a benchmark takes.
 */
export function memoryDirectory(): TemporaryDirectory {
  return directoryIn(process.env['TMPDIR'] === undefined && hasMemoryDisk() ? memoryDisk : tmpdir());
}

const memoryDisk = '/dev/shm';

/** Whether there is one with 1 GiB to spare; containers often have 64 MiB. */
function hasMemoryDisk(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memoryDisk);
    return bavail * bsize >= 2 ** 30;
  } catch {
    return false;
  }
}

function directoryIn(parent: string): TemporaryDirectory {
  const path = realpathSync(mkdtempSync(join(parent, 'mirrorlock-')));
  existing.add(path);
  return { path, dispose: onCleanUp(async () => remove(path)) };
}
