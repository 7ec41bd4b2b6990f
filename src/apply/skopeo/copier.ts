import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import PQueue from 'p-queue';
import type { Destination, RegistryNamespace, Source } from '../../config/types.ts';
import { repositoryPath } from '../../core/repository-path.ts';
import type { Copier, CopyItem, CopyResult } from '../types.ts';
import { registriesConf, syncArguments, syncYaml } from './command.ts';
import { readSkopeoLog } from './log.ts';
import { withoutQueries } from './redact.ts';

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
  /** Each line of skopeo's log, for `--verbose`, without the secrets that addresses hold. */
  readonly onLine?: (line: string) => void;
  /** Each manifest that skopeo begins to copy, as `IMAGE@DIGEST`, for progress. */
  readonly onItem?: (item: string) => void;
}

export interface SkopeoCopier extends Copier {
  /** Waits for the processes that still run, and removes the files made for skopeo. */
  close(): Promise<void>;
}

/**
 * A copier that runs `skopeo sync` as a subprocess for each batch, several at once. When the signal aborts, they are
 * stopped, and `copy` throws its reason.
 */
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
  const sources = [source, ...source.alternates].map(manifestsOf);
  let batch = 0;

  const run = async (items: readonly CopyItem[]): Promise<CopyResult> => {
    options.signal.throwIfAborted();
    batch += 1;
    const yamlFile = join(folder, `${batch}.yaml`);
    await writeFile(yamlFile, syncYaml(items, source));
    const log = readSkopeoLog(sources, options.onItem);
    const ended = await runSkopeo(syncArguments(yamlFile, confFile, destination), options, (line) => log.read(line));
    return log.result(ended);
  };

  return {
    copy: (items) => queue.add(() => run(items)),
    async close() {
      await queue.onIdle();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs skopeo to its end. Gives `undefined` where it succeeded, else how it ended; throws the signal's reason. */
async function runSkopeo(
  args: readonly string[],
  { program, env, signal, onLine }: SkopeoOptions,
  read: (line: string) => void,
): Promise<string | undefined> {
  const child = execa(program, args, {
    env: authEnvironment(env),
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stdout: 'ignore',
    cancelSignal: signal,
    forceKillAfterDelay: killDelay,
  });
  for await (const line of child.iterable({ from: 'stderr' })) {
    onLine?.(withoutQueries(line));
    read(line);
  }
  const { failed, exitCode, signal: killedBy, originalMessage } = await child;
  signal.throwIfAborted();
  if (!failed) return undefined;
  if (killedBy !== undefined) return `skopeo was ended by ${killedBy}`;
  return exitCode === undefined
    ? `skopeo cannot be run (${originalMessage})`
    : `skopeo ended with exit code ${exitCode}`;
}

/** Where skopeo reads the manifests of a place; docker.io is reached by another name. */
function manifestsOf({ registry, namespace }: RegistryNamespace): string {
  const host = registry.host === 'docker.io' ? 'registry-1.docker.io' : registry.host;
  return `${host}/v2/${repositoryPath(namespace, '')}`;
}

/** Skopeo before 1.11 does not read DOCKER_CONFIG: the file is named to it as REGISTRY_AUTH_FILE, which it does read. */
function authEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  if (env['REGISTRY_AUTH_FILE'] !== undefined || env['DOCKER_CONFIG'] === undefined) return { ...env };
  return { ...env, REGISTRY_AUTH_FILE: join(env['DOCKER_CONFIG'], 'config.json') };
}
