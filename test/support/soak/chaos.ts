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
    after: random.whole(150, 1_800),
  }));
  return planned.sort((a, b) => a.after - b.after);
}

/** Deals the blows to a run; gives those that met something. What the tool had started is gone when it resolves. */
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
    for (const { blow } of due.splice(0, due.filter(({ after }) => after <= now).length)) {
      if (blow === 'destination-restart') restarts.push(destination.restart(100));
      if (await strike(blow, running, [...skopeos.values()])) dealt.push(blow);
    }
    await Promise.race([ended, setTimeout(20)]);
  }
  await Promise.all(restarts);
  await goneWithin([...skopeos.values()], 2_000);
  return dealt;
}

async function strike(blow: Blow, running: RunningCli, skopeos: readonly ProcessId[]): Promise<boolean> {
  switch (blow) {
    case 'tool-term':
      running.kill('SIGTERM');
      return true;
    case 'tool-kill':
      running.kill('SIGKILL');
      return true;
    case 'skopeo-term':
    case 'skopeo-kill':
      return skopeos.filter((one) => signal(one, blow === 'skopeo-term' ? 'SIGTERM' : 'SIGKILL')).length > 0;
    case 'destination-restart':
      return true;
  }
}

/** A tool that was killed outright leaves skopeo behind, which ends by itself; if not, it is ended here. */
async function goneWithin(processes: readonly ProcessId[], ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (processes.some(isRunning) && performance.now() < end) await setTimeout(20);
  for (const one of processes) signal(one, 'SIGKILL');
}
