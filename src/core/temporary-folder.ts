import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { codeOf } from './file-errors.ts';

/** The folders of this process that are in use. */
const inUse = new Set<string>();

/** Folders name their machine and process, so that a later run knows whose owner died. Containers that share a disk differ in name. */
const prefix = () => `mirrorlock-${createHash('sha256').update(hostname()).digest('hex').slice(0, 12)}-`;

/** A folder that only this user may read, and how to remove it. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes an empty folder for temporary files. `kind` names it for people, such as `skopeo`. */
export async function temporaryFolder(kind: string, parent: string = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(parent, `${prefix()}${process.pid}-${kind}-`));
  inUse.add(basename(path));
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      inUse.delete(basename(path));
    },
  };
}

/**
 * Removes the temporary folders of runs on this machine that were killed, which could not remove them. What cannot be
 * removed, such as those of another user, is left.
 */
export function removeLeftFolders(parent: string = tmpdir()): void {
  const own = prefix();
  for (const name of namesIn(parent)) {
    const pid = name.startsWith(own) ? Number(/^(\d+)-/.exec(name.slice(own.length))?.[1]) : Number.NaN;
    if (Number.isNaN(pid) || inUse.has(name) || (pid !== process.pid && isAlive(pid))) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return [];
  }
}

/** EPERM is the answer for a process of another user. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
