import { parentPort, workerData } from 'node:worker_threads';
import { loadConfig } from '../../config/load.ts';
import { UserError } from '../../core/problem.ts';
import { noProgress } from '../../core/progress.ts';
import { matchAhead } from '../../select/match-ahead.ts';
import { LockText } from '../../simulate/lock-text.ts';
import { layOut, namesOf, walkModelled } from '../../simulate/simulate.ts';
import type { AsideAnswer, AsideWork } from './aside.ts';

// The thread that simulate-aside.ts starts.
parentPort?.postMessage(await answer(workerData as AsideWork));

async function answer({ history, options, files, env }: AsideWork): Promise<AsideAnswer> {
  try {
    const configs = await Promise.all(files.map(({ path, shownAs }) => loadConfig(path, { env, shownAs })));
    // Entries differ from those that history proves only in their digests: the other walk reads them back.
    const text = new LockText({ readsBack: false });
    const world = layOut(history, options, text);
    const names = namesOf(world);
    // Whoever started this thread ends it.
    const { signal } = new AbortController();
    for (const config of configs) await matchAhead(config, names, { signal, progress: noProgress });
    return { ok: true, walked: walkModelled(world, configs) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ok: false, problems: error.problems, exitCode: error.exitCode };
  }
}
