import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Destination } from '../../config/types.ts';
import type { Admission, Gateway } from '../gateway/gateway.ts';
import type { Copier, CopyItem, CopyResult } from '../types.ts';
import { copyArguments, type SkopeoSource, syncArguments, syncYaml } from './command.ts';
import { itemName } from './item-name.ts';
import { readSkopeoLog } from './log.ts';
import type { Mounts } from './mounts.ts';
import { type RealNames, withRealNames } from './redact.ts';
import { runSkopeo, type SkopeoProcess } from './run.ts';
import { mostSilenceMs, type SilenceWatch, silentProblem, watchSilence } from './silence.ts';
import { turns } from './turns.ts';

export interface SkopeoOptions extends SkopeoProcess {
  /** How many run at once; a function where that changes. */
  readonly jobs: number | (() => number);
  /** The source as people know it, which stands in what is told instead of the gateway. */
  readonly source: RealNames;
  /** How blobs are brought that other repositories have. */
  readonly mounts: Mounts;
  /** Each manifest that skopeo begins to copy, as `IMAGE@DIGEST`, for progress. */
  readonly onItem?: (item: string) => void;
  /** How long a copy may be silent before it is ended (ms). */
  readonly mostSilenceMs?: number;
}

export interface SkopeoCopier extends Copier {
  /** Waits for the processes that still run, and removes the files made for skopeo. */
  close(): Promise<void>;
}

/**
 * A copier that runs skopeo as a subprocess for each batch, several at once, but never two that would fetch the same
 * blob. They read from the gateway. When the signal aborts, they are stopped, and `copy` throws its reason.
 */
export async function createSkopeoCopier(
  gateway: Gateway,
  destination: Destination,
  options: SkopeoOptions,
): Promise<SkopeoCopier> {
  const folder = await mkdtemp(join(tmpdir(), 'mirrorlock-'));
  const inTurn = turns(options.jobs);
  const mostMs = options.mostSilenceMs ?? mostSilenceMs;
  let batch = 0;

  const argumentsFor = async (items: readonly CopyItem[], source: SkopeoSource): Promise<string[]> => {
    const [only, ...others] = items;
    if (only !== undefined && others.length === 0) {
      options.onItem?.(itemName(only));
      return copyArguments(only, source, destination);
    }
    const yamlFile = join(folder, `${++batch}.yaml`);
    await writeFile(yamlFile, syncYaml(items, source), { mode: 0o600 });
    return syncArguments(yamlFile, source, destination);
  };

  const runFor = async (
    items: readonly CopyItem[],
    { namespace, problemOf }: Admission,
    silence: SilenceWatch,
  ): Promise<CopyResult> => {
    const { host, authFile } = gateway;
    const args = await argumentsFor(items, { host, authFile, namespace });
    const log = readSkopeoLog(options.onItem);
    const read = (line: string) => {
      silence.heard();
      const told = withRealNames(line, { host, namespace }, options.source);
      options.onLine?.(told);
      log.read(told);
    };
    const ended = await silence.over(options.signal, (signal) => runSkopeo(args, { ...options, signal }, read));
    if (ended === 'silent') return { problem: silentProblem(mostMs), itemProblems: new Map() };
    return withCauses(log.result(ended), items, problemOf);
  };

  const run = async (items: readonly CopyItem[]): Promise<CopyResult> => {
    options.signal.throwIfAborted();
    const silence = watchSilence(mostMs);
    const admission = gateway.admit(items, silence.heard);
    try {
      await options.mounts.prepare(items);
      const result = await runFor(items, admission, silence);
      const there = items.filter((item) => arrived(item, result));
      await options.mounts.arrived(there);
      inTurn.placed(there.flatMap(blobDigests));
      return result;
    } finally {
      admission.end();
    }
  };

  return {
    copy: (items) => inTurn.take(items.flatMap(blobDigests), () => run(items)),
    async close() {
      await inTurn.idle();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const blobDigests = ({ blobs }: CopyItem) => blobs.map(({ digest }) => digest);

function arrived({ digest }: CopyItem, { problem, itemProblems }: CopyResult): boolean {
  return problem === undefined || (itemProblems.size > 0 && !itemProblems.has(digest));
}

/** What the gateway knows of a failure tells more than skopeo's words. */
function withCauses(result: CopyResult, items: readonly CopyItem[], problemOf: Admission['problemOf']): CopyResult {
  const { problem, itemProblems } = result;
  if (problem === undefined) return result;
  const causes = items.flatMap((item) => {
    const cause = problemOf(item);
    return cause === undefined ? [] : [[item.digest, cause] as const];
  });
  return { problem, itemProblems: new Map([...itemProblems, ...causes]) };
}
