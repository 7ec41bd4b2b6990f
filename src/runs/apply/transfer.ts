import { join } from 'node:path';
import { ensureBlobs } from '../../apply/blobs/ensure.ts';
import { openBlobRecord } from '../../apply/blobs/index.ts';
import { transferQueue } from '../../apply/blobs/queue.ts';
import type { DeepLook } from '../../apply/deep/look.ts';
import { directEngine } from '../../apply/engine.ts';
import { destinationManifests, newRepositories, registryReceiver } from '../../apply/registry-receiver.ts';
import type { Sources } from '../../apply/source/reader.ts';
import { ownRepositories } from '../../apply/source/upstream-registries.ts';
import type { ApplyPorts, Engine, PlaceReport, SourceManifests } from '../../apply/types.ts';
import type { Destination, Source } from '../../config/types.ts';
import { defined } from '../../core/defined.ts';
import type { ImageName } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import type { GroupState } from '../../plan/types.ts';
import type { RegistryClient } from '../../registry/types.ts';
import { openImpatient } from '../../session/clients.ts';
import type { Context } from '../../session/context.ts';

/** What a transfer to a destination works with. */
export interface TransferOptions {
  readonly sources: Sources;
  readonly destination: Destination;
  /** The client for the destination. */
  readonly client: RegistryClient;
  /** What a look at the destination saw. */
  readonly states: readonly GroupState[];
  /** Transfers side by side; a function where that changes. */
  readonly jobs: number | (() => number);
  /** Told how many bytes of blobs have been read. */
  readonly onBytes?: (count: number) => void;
  /** Told how many bytes of blobs will be read, once that is known. */
  readonly onExpected?: (count: number) => void;
  /** What a deep look at the destination saw; absent: there was none. */
  readonly deep?: DeepLook;
  /** Who knows a digest; absent: what the lockfile names is believed. */
  readonly knows?: NonNullable<ApplyPorts['knows']>;
  /** Copies by skopeo; absent: directly. */
  readonly skopeo?: SkopeoChoice;
}

/** The skopeo that copies, and where from. */
export interface SkopeoChoice {
  readonly program: string;
  readonly source: Source;
  /** Told of what skopeo does otherwise than mirrors.yaml says. */
  readonly onWarnings: (warnings: readonly Problem[]) => void;
}

/**
 * Works with what applies a plan at a destination, and closes it however the work ends. `work` is also given what the
 * destination's own repositories gave so far, of what could not be mounted.
 */
export async function withTransfer<Result>(
  context: Context,
  options: TransferOptions,
  work: (ports: ApplyPorts, again: () => PlaceReport) => Promise<Result>,
): Promise<Result> {
  const { sources, destination, client, states, jobs, onBytes, onExpected, deep, knows } = options;
  const { registry, namespace } = destination;
  const record = await openBlobRecord(join(context.cacheDirectory, 'blobs', registry.host.replace(/[^\w.-]/g, '_')));
  const reading = openImpatient(context, destination);
  const own = ownRepositories({ place: destination, client: reading });
  const isNew = newRepositories(client, namespace, record, seenNothing(states));
  const manifests = destinationManifests(client, namespace);
  const ensureBlob = ensureBlobs({
    ...{ client, namespace, record, own, isNew, places: sources.places, queue: transferQueue(jobs) },
    ...(onBytes && { onBytes }),
    ...(onExpected && { onExpected }),
  });
  const receiver = registryReceiver({ client, namespace, ensureBlob, record, manifests });
  const source = deep === undefined ? sources.manifests : intactFirst(deep, manifests, sources.manifests);
  const engine =
    options.skopeo === undefined
      ? directEngine({ source, receiver, deep: deep !== undefined })
      : await openSkopeo(context, options, options.skopeo);
  const ports = {
    source,
    destination: manifests,
    engine,
    ...defined({ knows }),
    ...(deep && { isDamaged: deep.isDamaged }),
  };
  try {
    return await work(ports, own.report);
  } finally {
    await engine.close();
    await reading.close();
  }
}

async function openSkopeo(
  { env, homeDirectory, signal, debug }: Context,
  { destination, jobs }: TransferOptions,
  { program, source, onWarnings }: SkopeoChoice,
): Promise<Engine> {
  const { createSkopeoEngine } = await import('../../apply/skopeo/skopeo-engine.ts');
  const options = { source, destination, program, jobs, env, homeDirectory, signal, onLine: debug };
  const engine = await createSkopeoEngine(options);
  onWarnings(engine.warnings);
  return engine;
}

/** Reads a manifest at the destination, where it was seen to be intact there, and else at the source. */
function intactFirst(deep: DeepLook, near: Pick<SourceManifests, 'get'>, source: SourceManifests): SourceManifests {
  return {
    hasPullLimit: source.hasPullLimit,
    async get(image, digest) {
      const there = (await deep.isIntact(image, digest)) ? await near.get(image, digest) : undefined;
      return there ?? source.get(image, digest);
    },
  };
}

/** The images of which neither a tag nor a digest was there. */
function seenNothing(states: readonly GroupState[]): ReadonlySet<ImageName> {
  const images = new Set(states.map(({ image }) => image));
  for (const { image, present, tags } of states) {
    if (present || tags.some(({ seen }) => seen !== undefined)) images.delete(image);
  }
  return images;
}
