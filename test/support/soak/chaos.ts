import { setTimeout } from 'node:timers/promises';
import type { RunningCli } from '../cli.ts';
import type { RestartableRegistry } from './destination.ts';
import { childrenOf, isRunning, type ProcessId, signal } from './processes.ts';
import type { Random } from './random.ts';

const blows = ['tool-term', 'tool-kill', 'skopeo-term', 'skopeo-kill', 'destination-restart'] as const;
export type Blow = (typeof blows)[number];

export interface PlannedBlow {
  readonly blow: Blow;
  /** Milliseconds after the tool's start. */
  readonly after: number;
}

/** At most two blows, at moments while the tool is likely to work. */
export function planBlows(random: Random): PlannedBlow[] {
  const planned = Array.from({ length: random.whole(0, 2) }, () => ({
    blow: random.one(blows),
    after: random.whole(200, 2_500),
  }));
  return planned.sort((a, b) => a.after - b.after);
}

/** Deals the blows to a run; gives those that came in time. What the tool had started is gone when it resolves. */
export async function deal(
  planned: readonly PlannedBlow[],
  running: RunningCli,
  destination: RestartableRegistry,
  longestMs: number,
): Promise<Blow[]> {
  const dealt: Blow[] = [];
  const skopeos = new Map<string, ProcessId>();
  const start = performance.now();
  let over = false;
  const ended = running.result.then(() => {
    over = true;
  });
  const due = [...planned];
  const restarts: Promise<void>[] = [];
  while (!over) {
    for (const child of childrenOf(running.pid, 'skopeo')) skopeos.set(`${child.pid} ${child.started}`, child);
    const now = performance.now() - start;
    if (now > longestMs) running.kill('SIGKILL');
    const alive = [...skopeos.values()].filter(isRunning);
    for (const planned of due.filter(({ after }) => after <= now)) {
      // Skopeo is there for moments only: its blows wait for one.
      if (planned.blow.startsWith('skopeo') && alive.length === 0) continue;
      due.splice(due.indexOf(planned), 1);
      if (planned.blow === 'destination-restart') restarts.push(destination.restart(100));
      strike(planned.blow, running, alive);
      dealt.push(planned.blow);
    }
    await Promise.race([ended, setTimeout(20)]);
  }
  await Promise.all(restarts);
  await goneWithin([...skopeos.values()], 2_000);
  return dealt;
}

function strike(blow: Blow, running: RunningCli, skopeos: readonly ProcessId[]): void {
  if (blow === 'tool-term') running.kill('SIGTERM');
  if (blow === 'tool-kill') running.kill('SIGKILL');
  if (blow === 'skopeo-term') for (const skopeo of skopeos) signal(skopeo, 'SIGTERM');
  if (blow === 'skopeo-kill') for (const skopeo of skopeos) signal(skopeo, 'SIGKILL');
}

/** A tool that was killed outright leaves skopeo behind, which ends by itself; if not, it is ended here. */
async function goneWithin(processes: readonly ProcessId[], ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (processes.some(isRunning) && performance.now() < end) await setTimeout(20);
  for (const one of processes) signal(one, 'SIGKILL');
}
