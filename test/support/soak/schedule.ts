import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, startCli } from '../cli.ts';
import { faultInjector } from '../faults/injector.ts';
import { destinationFaults, type FaultKind, faultSchedule, sourceFaults } from '../faults/schedule.ts';
import { type Hub, startHub } from '../hub/hub.ts';
import { writeRegistryStorage } from '../images/storage.ts';
import type { BuiltRepository } from '../images/types.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import type { SeenRequest } from '../traffic.ts';
import { type Blow, deal, planBlows } from './chaos.ts';
import { type RestartableRegistry, restartableRegistry } from './destination.ts';
import { startProber } from './prober.ts';
import { type Random, randomFrom } from './random.ts';
import { missing, readStored } from './stored.ts';
import { type SoakWorld, writeMirror } from './world.ts';

/** What a schedule did, and what it found that must not be. */
export interface ScheduleResult {
  readonly seed: string;
  readonly ms: number;
  /** Runs of `apply` among faults. */
  readonly runs: number;
  readonly blows: readonly Blow[];
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly probes: number;
  /** Manifests asked by GET over all runs, and how many there are. */
  readonly manifestGets: number;
  readonly manifests: number;
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
  const destination = await restartableRegistry();
  const hub = await startHub(world.sourceHost, { anonymous: {} });
  const home = temporaryDirectory();
  const mirror = join(home.path, 'mirror');
  mkdirSync(mirror);
  writeMirror(mirror, { upstream: world.upstream, source: hub.host, destination: destination.proxy.host });
  writeFileSync(join(mirror, 'mirrors.lock.yaml'), world.lockfile);
  const isUpdate = random.number() < 0.5;
  if (isUpdate) writeRegistryStorage(destination.storage, world.before);

  const prober = startProber(destination.storage, [world.after, ...(isUpdate ? [world.before] : [])]);
  const stage = { world, hub, destination, mirror, seed };
  try {
    const chaotic = await amongFaults(stage, random);
    const failures = [...chaotic.failures, ...(await withoutFaults(stage))];
    prober.stop();
    return {
      seed,
      ms: performance.now() - start,
      ...chaotic,
      probes: prober.probes,
      manifestGets: hub.counts().manifestGet,
      manifests: new Set(world.after.flatMap(({ manifests }) => [...manifests.keys()])).size,
      failures: [...failures, ...prober.findings],
    };
  } finally {
    prober.stop();
    await Promise.all([hub.stop(), destination.stop(), home.dispose()]);
  }
}

interface Stage {
  readonly world: SoakWorld;
  readonly hub: Hub;
  readonly destination: RestartableRegistry;
  readonly mirror: string;
  readonly seed: string;
}

async function amongFaults(stage: Stage, random: Random) {
  const { hub, destination, seed } = stage;
  const options = { hangMs: random.whole(100, 1_000), expireTokens: hub.expireTokens };
  const rate = random.one([0, 0.01, 0.03, 0.1]);
  const injectors = [
    faultInjector(faultSchedule({ seed: `${seed} source`, rate, kinds: sourceFaults }), options),
    faultInjector(faultSchedule({ seed: `${seed} destination`, rate, kinds: destinationFaults }), options),
  ];
  hub.respond(injectors[0]?.hook);
  destination.proxy.respond(injectors[1]?.hook);
  const runs = random.whole(1, 3);
  const blows: Blow[] = [];
  const failures: string[] = [];
  for (let run = 0; run < runs; run += 1) {
    const apply = startCli(['apply', '--quiet', '--json'], { cwd: stage.mirror });
    const check = fetchedTwice(stage);
    const dealt = await deal(planBlows(random), apply, destination, longestMs);
    const result = await apply.result;
    blows.push(...dealt);
    failures.push(...check(), ...misbehaved(result, dealt, `run ${run + 1}`));
  }
  hub.respond(undefined);
  destination.proxy.respond(undefined);
  return { runs, blows, faults: sum(injectors.map((injector) => injector.counts())), failures };
}

/** One run without faults, after which all is as the lockfile says; another one costs nothing. */
async function withoutFaults(stage: Stage): Promise<string[]> {
  const { world, hub, destination, mirror } = stage;
  const failures: string[] = [];
  const run = async (command: string) => {
    const check = fetchedTwice(stage, true);
    const { code, stderr } = await startCli([command, '--quiet'], { cwd: mirror }).result;
    if (code !== 0) failures.push(`${command} without faults ended with ${code}: ${stderr.slice(0, 2_000)}`);
    failures.push(...check());
  };
  await run('apply');
  await run('verify');
  const stored = readStored(destination.storage);
  for (const built of world.after) failures.push(...differences(built, stored));
  const seen = destination.proxy.seen().length;
  const asked = hub.counts();
  await run('apply');
  const writes = destination.proxy
    .seen()
    .slice(seen)
    .filter(({ method }) => method !== 'HEAD' && method !== 'GET');
  if (hub.counts().manifestGet + hub.counts().blobGet !== asked.manifestGet + asked.blobGet) {
    failures.push('an unchanged apply asked the source');
  }
  if (writes.length > 0) failures.push(`an unchanged apply wrote: ${writes.map(describe).join(', ')}`);
  return failures;
}

function differences(built: BuiltRepository, stored: ReturnType<typeof readStored>): string[] {
  const there = stored.tags(built.repository);
  return [...built.tags].flatMap(([tag, digest]) => {
    const at = there.get(tag);
    if (at !== digest) return [`${built.repository}:${tag} is at ${at}, not ${digest}`];
    return missing(stored, built, digest).map((lack) => `${built.repository}:${tag} is without ${lack}`);
  });
}

/**
 * Notes what is wholly at the destination now; the function that it gives tells what was asked at the source all the
 * same. Blobs are judged only where no answer of the destination was lost (`strict`): skopeo asks for them itself; and
 * it reads the config of each manifest that it copies, there or not.
 */
function fetchedTwice({ world, hub, destination }: Stage, strict = false): () => string[] {
  const stored = readStored(destination.storage);
  const has = new Set(
    [...world.after, ...world.before].flatMap((built) => {
      const wholes = new Set(
        [...built.manifests.keys()].filter((digest) => missing(stored, built, digest).length === 0),
      );
      const configs = [...built.manifests.values()].flatMap(({ digest, blobs }) =>
        wholes.has(digest) ? [] : blobs[0],
      );
      const blobs = [...built.blobs.keys()].filter(
        (digest) => strict && stored.hasBlob(built.repository, digest) && !configs.includes(digest),
      );
      return [...wholes, ...blobs].map((digest) => `${built.repository}@${digest}`);
    }),
  );
  const from = hub.seen().length;
  const isTwice = ({ method, repository, reference }: SeenRequest) =>
    method === 'GET' && has.has(`${repository}@${reference}`);
  return () =>
    hub
      .seen()
      .slice(from)
      .filter(isTwice)
      .map((request) => `fetched again, though wholly at the destination: ${describe(request)}`);
}

/** How a run may end: done, failed or interrupted, and never by a stack. */
function misbehaved({ code, signal, stderr, stdout }: CliResult, blows: readonly Blow[], run: string): string[] {
  const killed = blows.includes('tool-kill') && signal === 'SIGKILL';
  const interrupted = blows.includes('tool-term') && (code === 130 || code === 143 || signal === 'SIGTERM');
  const told = code === 0 || code === 1;
  const stack = /^\s+at .+:\d+:\d+\)?$/m.test(stderr + stdout);
  return [
    ...(killed || interrupted || told ? [] : [`${run} ended with ${code ?? signal}: ${stderr.slice(-2_000)}`]),
    ...(stack ? [`${run} printed a stack: ${stderr.slice(0, 2_000)}`] : []),
  ];
}

function describe({ method, repository, reference, kind }: SeenRequest): string {
  return `${method} ${kind} ${repository}@${reference}`;
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
