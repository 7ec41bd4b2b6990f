import type { ChildProcess } from 'node:child_process';

/** How long a process group may take to end before it is killed, in milliseconds. */
const grace = 2_000;

/** Asks the process group that `child` leads to end, and kills it when it does not. */
export function endGroup(child: Pick<ChildProcess, 'pid'>): void {
  if (child.pid === undefined) return;
  const { pid } = child;
  if (signalGroup(pid, 'SIGTERM')) setTimeout(() => signalGroup(pid, 'SIGKILL'), grace).unref();
}

/** Gives whether the group was still there. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Calls `act` once `child` has printed nothing for `limit` milliseconds. Returns how to stop that. */
export function onSilence(child: Pick<ChildProcess, 'stdout' | 'stderr'>, limit: number, act: () => void): () => void {
  const timer = setTimeout(act, limit);
  const heard = (): void => {
    timer.refresh();
  };
  child.stdout?.on('data', heard);
  child.stderr?.on('data', heard);
  return () => clearTimeout(timer);
}
