import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Destination, Source } from '../../config/types.ts';
import type { Environment } from '../../core/environment.ts';
import { groupBy } from '../../core/group-by.ts';
import { type Digest, type ImageName, namespacePath, parseImageName, repositoryPath } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { temporaryFolder } from '../../core/temporary-folder.ts';
import { type MachineFiles, readRegistries } from '../policy/machine.ts';
import type { Engine } from '../types.ts';
import { alternatesConf } from './alternates-conf.ts';
import { readSkopeoLog, withoutSecrets } from './log.ts';
import { checkSkopeo } from './program.ts';
import { runSkopeo, type SkopeoProcess, skopeoEnvironment } from './run.ts';

export interface SkopeoEngineOptions {
  readonly source: Source;
  readonly destination: Destination;
  /** The skopeo to run, by name or path. */
  readonly program: string;
  /** How many skopeo processes run at once; a function where that changes. */
  readonly jobs: number | (() => number);
  readonly env: Environment;
  readonly homeDirectory: string;
  readonly signal: AbortSignal;
  /** Each line of skopeo's log, for `--verbose`, without secrets. */
  readonly onLine?: (line: string) => void;
  /** Reads the registries.conf of this machine; default: the disk. */
  readonly files?: MachineFiles;
}

export interface SkopeoEngine extends Engine {
  /** What skopeo does otherwise than mirrors.yaml says. */
  readonly warnings: readonly Problem[];
}

/** How many manifests one process copies, one after another. */
const mostTogether = 20;

interface Waiting extends CopyItem {
  readonly done: (reason: Problem | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * An engine that runs plain `skopeo sync` by digest, from the source itself, with the operator's own auth files,
 * certificates, policy.json and registries.conf. Calls that wait at the same time share processes.
 *
 * @throws UserError `skopeo/missing`, `skopeo/too-old`, `skopeo/broken`, `apply/policy-file`
 */
export async function createSkopeoEngine(options: SkopeoEngineOptions): Promise<SkopeoEngine> {
  const { source, destination, program, jobs, signal, onLine } = options;
  const env = skopeoEnvironment(options.env, await checkSkopeo(program, options.env));
  const conf = alternatesConf(source, await readRegistries(options), options.env, anyImage);
  const temporary = await temporaryFolder('skopeo');
  const folder = temporary.path;
  const confFile = conf.text === undefined ? conf.file : join(folder, 'registries.conf');
  if (conf.text !== undefined) await writeFile(join(folder, 'registries.conf'), conf.text);
  const skopeo: SkopeoProcess = { program, env, signal };
  const waiting: Waiting[] = [];
  const running = new Set<Promise<void>>();
  let count = 0;

  const sync = async (items: readonly CopyItem[]) => {
    const yamlFile = join(folder, `${count++}.yaml`);
    await writeFile(yamlFile, syncYaml(items, source));
    const log = readSkopeoLog();
    const ending = await runSkopeo(syncArguments(yamlFile, destination, confFile), skopeo, (line) => {
      onLine?.(withoutSecrets(line));
      log.read(line);
    });
    await rm(yamlFile, { force: true });
    return (digest: Digest) => log.reasonFor(digest, ending);
  };

  const runBatch = async (batch: readonly Waiting[]) => {
    try {
      const reasonFor = await sync(batch);
      for (const { digest, done } of batch) done(reasonFor(digest));
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  };

  const start = () => {
    const most = Math.max(1, typeof jobs === 'number' ? jobs : jobs());
    while (running.size < most && waiting.length > 0) {
      const share = Math.ceil(waiting.length / (most - running.size));
      const work = runBatch(waiting.splice(0, Math.min(share, mostTogether))).finally(() => {
        running.delete(work);
        start();
      });
      running.add(work);
    }
  };

  const copyOne = (item: CopyItem) =>
    new Promise<Problem | undefined>((done, fail) => {
      waiting.push({ ...item, done, fail });
    });

  return {
    warnings: conf.warning === undefined ? [] : [conf.warning],
    async copy(image: ImageName, digests: readonly Digest[]) {
      const copies = digests.map(async (digest) => [digest, await copyOne({ image, digest })] as const);
      // Calls that are made in one go wait for each other.
      setImmediate(start);
      const reasons = await Promise.all(copies);
      return new Map(reasons.flatMap(([digest, reason]) => (reason === undefined ? [] : [[digest, reason] as const])));
    },
    async close() {
      while (running.size > 0) await Promise.all(running);
      await temporary.remove();
    },
  };
}

/** Entries of a registries.conf are for whole namespaces, as a rule: any name finds them. */
const anyImage = parseImageName('any');

/** How often skopeo tries again by itself. */
const retryTimes = 3;

/** A manifest to copy by digest, with what it names. */
export interface CopyItem {
  readonly image: ImageName;
  readonly digest: Digest;
}

/** The source YAML of `skopeo sync` for manifests by digest (skopeo-sync(1), "YAML file content"). */
export function syncYaml(items: readonly CopyItem[], { registry, namespace }: Source): string {
  const byImage = groupBy(items, ({ image }) => repositoryPath(namespace, image));
  const images = Object.fromEntries([...byImage].map(([path, list]) => [path, list.map(({ digest }) => digest)]));
  const tls = registry.insecure ? { 'tls-verify': false } : {};
  return stringify({ [registry.host]: { ...tls, images } }, { lineWidth: 0, compat: 'yaml-1.1' });
}

/**
 * The arguments of one `skopeo sync`. Without the first two options skopeo copies one platform only, or compresses layers
 * again, and exits with 0.
 *
 * @param registriesConf the registries.conf to take in place of the operator's own
 */
export function syncArguments(
  yamlFile: string,
  { registry, namespace }: Destination,
  registriesConf: string | undefined,
): string[] {
  return [
    ...(registriesConf === undefined ? [] : [`--registries-conf=${registriesConf}`]),
    ...['sync', '--all', '--preserve-digests', '--keep-going', `--retry-times=${retryTimes}`],
    ...(registry.insecure ? ['--dest-tls-verify=false'] : []),
    ...['--src=yaml', '--dest=docker', yamlFile, namespacePath(registry.host, namespace)],
  ];
}
