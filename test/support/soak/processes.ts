import { readdirSync, readFileSync } from 'node:fs';

/** A process, told apart from a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** In clock ticks since the system began (proc(5), `starttime`). */
  readonly started: string;
}

/** The processes that a process has started and that still run, by the name of their program. */
export function childrenOf(parent: number, program: string): ProcessId[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const stat = statOf(Number(name));
    return stat?.parent === parent && stat.program === program ? [{ pid: stat.pid, started: stat.started }] : [];
  });
}

/** Sends a signal to exactly that process; false when it is gone. */
export function signal({ pid, started }: ProcessId, name: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isRunning({ pid, started })) return false;
  process.kill(pid, name);
  return true;
}

export function isRunning({ pid, started }: ProcessId): boolean {
  const stat = statOf(pid);
  return stat?.started === started && stat.state !== 'Z';
}

interface Stat extends ProcessId {
  readonly program: string;
  readonly state: string;
  readonly parent: number;
}

/** proc(5), `/proc/PID/stat`; `undefined` when it is gone. */
function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
  const [, program = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(text) ?? [];
  const fields = rest.trim().split(' ');
  return { pid, program, state: fields[0] ?? '', parent: Number(fields[1]), started: fields[19] ?? '' };
}
