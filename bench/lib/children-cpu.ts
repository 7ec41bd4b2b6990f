import { readFileSync } from 'node:fs';

/** Linux counts in these for programs, on every architecture (time(7), USER_HZ). */
const ticksPerSecond = 100;

/**
 * The CPU time (ms) of all children of this process that have ended, and of theirs (proc(5), `cutime` and `cstime`).
 * A process that still runs, such as a registry, is not among them.
 */
export function endedChildrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The name of the program may have spaces; the fields behind it begin with the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / ticksPerSecond;
}
