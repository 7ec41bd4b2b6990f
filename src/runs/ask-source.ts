import { createHash } from 'node:crypto';
import { budgetCode } from '../apply/types.ts';
import type { Config, Source } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { type Digest, type ImageName, repositoryPath } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { steadily } from '../http/least-rate.ts';
import type { PlatformStage } from '../platforms/platforms.ts';
import { readIndex } from '../platforms/read-index.ts';
import type { PullLimit, RegistryClient } from '../registry/types.ts';
import { resolve, sourceLookup } from '../resolve/resolve.ts';
import type { ResolvedImage, SeenIndex } from '../resolve/types.ts';
import type { SelectedImage } from '../select/types.ts';
import type { Context } from '../session/context.ts';
import {
  beginBudget,
  type OpenSources,
  openBudget,
  openSourcesOf,
  type RunBudget,
  readsEvidence,
} from '../session/source-session.ts';

/** Requests that a lock made. */
export interface LockRequests {
  readonly source: { readonly countedPulls: number; readonly heads: number };
  /** Manifests read at alternates; absent where there are none. */
  readonly alternates?: { readonly gets: number };
}

/** What the source said. */
interface Asked {
  readonly resolved: readonly ResolvedImage[];
  readonly requests: LockRequests;
  readonly pullLimit: PullLimit | undefined;
  /** About alternates that are not asked any more. */
  readonly warnings: readonly Problem[];
  /** To be called once the lockfile tells what was read: it need not be kept for another run. */
  forget(): Promise<void>;
}

/**
 * Asks the source for digests by HEAD. Where the configuration chooses what is kept, it reads the indexes of which the
 * earlier lockfile does not tell enough, within the budget of pulls; alternates are asked first.
 *
 * @throws UserError as `resolve` and `platforms.choose` do, and `lock/budget` (exit code `budget`) where pulls are used up: what
 * was read is kept for the next run
 */
export async function askSource(
  context: Context,
  { source, review }: Pick<Config, 'source' | 'review'>,
  images: readonly SelectedImage[],
  platforms: Pick<PlatformStage, 'choose'>,
): Promise<Asked> {
  const keeps = readsEvidence({ review });
  const run = await openBudget(context, source, keeps ? { store: 'read-and-keep' } : {});
  const sources = openSourcesOf(context, source, run.allowance, { store: run.store });
  const { client } = sources;
  const read: Digest[] = [];
  const reader = indexReader(sources, source);
  const readOne = async (image: ImageName, digest: Digest) => {
    const index = await reader(image, digest);
    read.push(digest);
    return index;
  };
  try {
    const asked = await resolve(images, sourceLookup(client, source.namespace), context);
    await beginBudget(run, client, source.namespace, undefined);
    const resolved = await platforms.choose(asked, readOne, context).catch(async (error: unknown) => {
      throw isUsedUp(error) ? await usedUp(run, read.length) : error;
    });
    const reports = sources.reports();
    const gets = reports.slice(0, -1).reduce((sum, { manifestGets }) => sum + manifestGets, 0);
    return {
      resolved,
      requests: {
        source: { countedPulls: client.counts.manifestGet, heads: client.counts.manifestHead },
        ...(source.alternates.length === 0 ? {} : { alternates: { gets } }),
      },
      pullLimit: client.pullLimit,
      warnings: reports.flatMap((report) => report.dropped ?? []),
      // What explains the change is read again, by this run or `apply`.
      forget: () => run.store.forget(keeps ? [] : read),
    };
  } finally {
    await sources.close();
  }
}

/** How the index of a digest is read, and of a single manifest its platform. Throws as {@link readIndex} does. */
export function indexReader({ client, manifests }: Pick<OpenSources, 'client' | 'manifests'>, { namespace }: Source) {
  const config = (image: ImageName, digest: Digest) => readConfigBlob(client, repositoryPath(namespace, image), digest);
  const manifest = (image: ImageName, digest: Digest) => manifests.get(image, digest);
  return (image: ImageName, digest: Digest): Promise<SeenIndex> => readIndex({ manifest, config }, image, digest);
}

function isUsedUp(error: unknown): boolean {
  return error instanceof UserError && error.problems.some(({ code }) => code === budgetCode);
}

async function usedUp({ allowance }: RunBudget, read: number): Promise<UserError> {
  const { freeAt } = await allowance.state();
  const when = freeAt === undefined ? 'later' : `after ${new Date(freeAt).toISOString()}`;
  const message = `The pull limit is reached: ${read} indexes were read, others are still missing.`;
  const hint = `What was read is kept: run \`mirrorlock lock\` again ${when}. Alternates of the source save pulls.`;
  return new UserError([{ code: 'lock/budget', severity: 'error', message, hint }], { exitCode: ExitCode.budget });
}

/** What reading indexes took, as a line; nothing where none was read. */
export function readText({ source, alternates }: LockRequests): string {
  const pulls = source.countedPulls;
  const gets = alternates?.gets ?? 0;
  if (pulls + gets === 0) return '';
  const elsewhere = gets === 0 ? '' : `; ${counted(gets, 'manifest')} asked at alternates`;
  return `\nIndexes read for platforms: ${counted(pulls, 'counted pull')} at the source${elsewhere}`;
}

/** The largest config of an official image has some 20 kB. */
const largestConfig = 4 * 1024 * 1024;

/**
 * Reads the config of an image whole, and checks it; `undefined` when the registry says 404.
 *
 * @throws UserError `resolve/bad-config` for other bytes than the digest's, too many, or a body that breaks off
 */
async function readConfigBlob(
  client: RegistryClient,
  repository: string,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  const body = await client.openBlob(repository, digest);
  if (body === undefined) return undefined;
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of steadily(body.stream)) {
      length += part.length;
      if (length > largestConfig) break;
      parts.push(part);
    }
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw badConfig('The config of an image broke off.', digest, cause);
  }
  const bytes = Buffer.concat(parts);
  if (length <= largestConfig && digest === `sha256:${createHash('sha256').update(bytes).digest('hex')}`) return bytes;
  throw badConfig('The source sent other bytes than the config of the image.', digest);
}

function badConfig(message: string, value: Digest, cause?: Error): UserError {
  const problem = { code: 'resolve/bad-config', severity: 'error' as const, message, value };
  return new UserError([problem], { exitCode: ExitCode.failed, cause });
}
