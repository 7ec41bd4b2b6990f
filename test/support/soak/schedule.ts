import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliResult } from '../cli.ts';
import { type AnswerHook, startCountingProxy } from '../counting-proxy.ts';
import { faultInjector } from '../faults/injector.ts';
import { destinationFaults, type FaultKind, faultSchedule, sourceFaults } from '../faults/schedule.ts';
import { startHub } from '../hub/hub.ts';
import { writeRegistryStorage } from '../images/storage.ts';
import { type Random, randomFrom } from '../random.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { chaos, type DealtBlow, planBlows } from './chaos.ts';
import { lastRuns } from './last-runs.ts';
import { mortalRegistry } from './mortal-registry.ts';
import { startProber } from './prober.ts';
import { fetchedTwice, type Stage, startTool } from './stage.ts';
import { type SoakWorld, writeMirror } from './world.ts';

/** What a schedule did, and what it found that must not be. */
export interface ScheduleResult {
  readonly seed: string;
  readonly ms: number;
  /** Runs of `apply` among faults. */
  readonly runs: number;
  /** Blows that were planned, and those that came: a run may end before. */
  readonly planned: number;
  readonly blows: readonly DealtBlow[];
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly probes: number;
  /** Manifests asked by GET over all runs, and how many there are. */
  readonly manifestGets: number;
  readonly manifests: number;
  /** Runs without faults until all was whole that can be: one, or two after a destination was killed. */
  readonly lastRuns: number;
  /** Tags that no client can mend, since the destination was killed while it wrote a manifest below them. */
  readonly unmendable: readonly string[];
  readonly failures: readonly string[];
}

/** A run that takes longer is killed: it hangs. */
const longestMs = 300_000;

/**
 * Applies the lockfile to an empty destination, or one of the day before, in some runs among the faults and blows that
 * follow from the seed, and then in one without: that must leave the destination as the lockfile says.
 */
export async function runSchedule(world: SoakWorld, seed: string): Promise<ScheduleResult> {
  const start = performance.now();
  const random = randomFrom(seed);
  const [source, target] = await Promise.all([mortalRegistry(world.sourceStorage), mortalRegistry()]);
  const hub = await startHub(source.host, { anonymous: {} });
  const proxy = await startCountingProxy(target.host);
  const home = temporaryDirectory();
  const mirror = join(home.path, 'mirror');
  mkdirSync(mirror);
  writeMirror(mirror, { upstream: world.upstream, source: hub.host, destination: proxy.host });
  writeFileSync(join(mirror, 'mirrors.lock.yaml'), world.lockfile);
  const isUpdate = random.number() < 0.5;
  if (isUpdate) writeRegistryStorage(target.storage, world.before);

  const prober = startProber(target.storage, [world.after, ...(isUpdate ? [world.before] : [])]);
  const stage = { world, hub, source, proxy, target, mirror, cache: join(home.path, 'cache'), seed };
  try {
    const chaotic = await amongFaults(stage, random);
    const wasKilled = chaotic.blows.some(({ blow }) => blow === 'destination-kill');
    const last = await lastRuns(stage, wasKilled);
    prober.stop();
    return {
      seed,
      ms: performance.now() - start,
      ...chaotic,
      probes: prober.probes,
      manifestGets: hub.counts().manifestGet,
      manifests: new Set(world.after.flatMap(({ manifests }) => [...manifests.keys()])).size,
      lastRuns: last.runs,
      unmendable: last.unmendable,
      failures: [...chaotic.failures, ...last.failures, ...prober.findings],
    };
  } finally {
    prober.stop();
    await Promise.all([hub.stop(), proxy.stop()]);
    await Promise.all([source.stop(), target.stop(), home.dispose()]);
  }
}

async function amongFaults(stage: Stage, random: Random) {
  const { hub, proxy, seed } = stage;
  const options = { hangMs: random.whole(100, 1_000), expireTokens: hub.expireTokens };
  const rate = random.one([0, 0.01, 0.03, 0.1]);
  const faulty = {
    source: faultInjector(faultSchedule({ seed: `${seed} source`, rate, kinds: sourceFaults }), options),
    destination: faultInjector(faultSchedule({ seed: `${seed} destination`, rate, kinds: destinationFaults }), options),
  };
  const runs = random.whole(1, 3);
  const blows: DealtBlow[] = [];
  const failures: string[] = [];
  let planned = 0;
  for (let run = 0; run < runs; run += 1) {
    const plan = planBlows(random);
    // As on a machine that was never used.
    if (random.number() < 0.3) rmSync(stage.cache, { recursive: true, force: true });
    const victims = {
      source: { registry: stage.source, proxy: hub },
      destination: { registry: stage.target, proxy },
    };
    const dealing = chaos(plan, victims);
    hub.respond(inTurn(dealing.hooks.source, faulty.source.hook));
    proxy.respond(inTurn(dealing.hooks.destination, faulty.destination.hook));
    const check = fetchedTwice(stage);
    const apply = startTool(stage, 'apply', '--json');
    const tooLong = setTimeout(() => apply.kill('SIGKILL'), longestMs);
    const dealt = await dealing.against(apply);
    clearTimeout(tooLong);
    planned += plan.length;
    blows.push(...dealt);
    failures.push(...check(), ...misbehaved(await apply.result, dealt, `run ${run + 1}`));
  }
  hub.respond(undefined);
  proxy.respond(undefined);
  const faults = sum([faulty.source.counts(), faulty.destination.counts()]);
  return { runs, planned, blows, faults, failures };
}

/** A hook that asks the first, and the second where that lets the request through untouched. */
function inTurn(first: AnswerHook, second: AnswerHook): AnswerHook {
  return async (request, caller) => (await first(request, caller)) ?? second(request, caller);
}

/** How a run may end: done, failed or interrupted, and never by a stack. */
function misbehaved({ code, signal, stderr, stdout }: CliResult, blows: readonly DealtBlow[], run: string): string[] {
  const came = new Set(blows.map(({ blow }) => blow));
  const killed = came.has('tool-kill') && signal === 'SIGKILL';
  const interrupted = came.has('tool-term') && (code === 130 || code === 143 || signal === 'SIGTERM');
  const told = code === 0 || code === 1;
  const stack = /^\s+at .+:\d+:\d+\)?$/m.test(stderr + stdout);
  return [
    ...(killed || interrupted || told ? [] : [`${run} ended with ${code ?? signal}: ${stderr.slice(-2_000)}`]),
    ...(stack ? [`${run} printed a stack: ${stderr.slice(0, 2_000)}`] : []),
  ];
}

function sum(counts: readonly Readonly<Partial<Record<FaultKind, number>>>[]): Partial<Record<FaultKind, number>> {
  const total: Partial<Record<FaultKind, number>> = {};
  for (const count of counts) {
    for (const [kind, number] of Object.entries(count)) {
      total[kind as FaultKind] = (total[kind as FaultKind] ?? 0) + number;
    }
  }
  return total;
}
