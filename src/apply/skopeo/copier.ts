import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import PQueue from 'p-queue';
import type { Destination, Source } from '../../config/types.ts';
import type { Digest } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import type { Copier, CopyItem, CopyResult } from '../types.ts';
import { registriesConf, syncArguments, syncYaml } from './command.ts';
import { digestsIn, isFailure, isManifestGet, parseLogLine, skopeoProblem } from './log.ts';

/** How long a skopeo that was asked to stop may take (ms). */
const killDelay = 5_000;

export interface SkopeoOptions {
  /** The program's name or path. */
  readonly program: string;
  /** How many run at once. */
  readonly jobs: number;
  /** The environment, which names the auth file; nothing else of this process's is passed on. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Each line of skopeo's log, for `--verbose`. */
  readonly onLine?: (line: string) => void;
}

export interface SkopeoCopier extends Copier {
  /** Removes the files made for skopeo. */
  close(): Promise<void>;
}

/** A copier that runs `skopeo sync` as a subprocess for each batch, several at once. */
export async function createSkopeoCopier(
  source: Source,
  destination: Destination,
  options: SkopeoOptions,
): Promise<SkopeoCopier> {
  const folder = await mkdtemp(join(tmpdir(), 'mirrorlock-'));
  const queue = new PQueue({ concurrency: options.jobs });
  const conf = registriesConf(source);
  const confFile = conf === undefined ? undefined : join(folder, 'registries.conf');
  if (conf !== undefined && confFile !== undefined) await writeFile(confFile, conf);
  const sourceHosts = hostsOf(source);
  let batch = 0;

  const run = async (items: readonly CopyItem[]): Promise<CopyResult> => {
    options.signal.throwIfAborted();
    batch += 1;
    const yamlFile = join(folder, `${batch}.yaml`);
    await writeFile(yamlFile, syncYaml(items, source));
    const log = new SkopeoLog(sourceHosts);
    const child = execa(options.program, syncArguments(yamlFile, confFile, destination), {
      env: authEnvironment(options.env),
      extendEnv: false,
      reject: false,
      buffer: false,
      stdin: 'ignore',
      stdout: 'ignore',
      cancelSignal: options.signal,
      forceKillAfterDelay: killDelay,
    });
    for await (const line of child.iterable({ from: 'stderr' })) {
      options.onLine?.(line);
      log.read(line);
    }
    const { exitCode, isCanceled, shortMessage } = await child;
    if (isCanceled) options.signal.throwIfAborted();
    return log.result(exitCode === 0 ? undefined : shortMessage);
  };

  return {
    copy: (items) => queue.add(() => run(items), { signal: options.signal }) as Promise<CopyResult>,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

class SkopeoLog {
  readonly #sourceHosts: ReadonlySet<string>;
  readonly #itemProblems = new Map<Digest, Problem>();
  #lastFailure: Problem | undefined;
  #manifestGets = 0;

  constructor(sourceHosts: ReadonlySet<string>) {
    this.#sourceHosts = sourceHosts;
  }

  read(text: string): void {
    const line = parseLogLine(text);
    if (line === undefined) return;
    if (isManifestGet(line, this.#sourceHosts)) this.#manifestGets += 1;
    if (!isFailure(line)) return;
    const problem = skopeoProblem(line.message);
    // The last line of a run that kept going only counts the failures, and says nothing that the lines before did not.
    if (problem.code !== 'skopeo/failed' || this.#lastFailure === undefined) this.#lastFailure = problem;
    for (const digest of digestsIn(text)) if (!this.#itemProblems.has(digest)) this.#itemProblems.set(digest, problem);
  }

  /** @param failure why the process failed, when it did */
  result(failure: string | undefined): CopyResult {
    const problem = failure === undefined ? undefined : (this.#lastFailure ?? skopeoProblem(failure));
    const counted = { manifestGets: this.#manifestGets, itemProblems: this.#itemProblems };
    return problem === undefined ? counted : { ...counted, problem };
  }
}

/** The hosts that skopeo asks for the source's manifests; docker.io is reached by another name. */
function hostsOf(source: Source): Set<string> {
  const hosts = [source.registry.host, ...source.alternates.map(({ registry }) => registry.host)];
  return new Set(hosts.flatMap((host) => (host === 'docker.io' ? [host, 'registry-1.docker.io'] : [host])));
}

/** Skopeo before 1.11 does not read DOCKER_CONFIG: the file is named to it as REGISTRY_AUTH_FILE, which it does read. */
function authEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  if (env['REGISTRY_AUTH_FILE'] !== undefined || env['DOCKER_CONFIG'] === undefined) return { ...env };
  return { ...env, REGISTRY_AUTH_FILE: join(env['DOCKER_CONFIG'], 'config.json') };
}
