import type { RegistryNamespace } from '../../config/types.ts';
import { defined } from '../../core/defined.ts';
import { type ImageName, repositoryPath } from '../../core/names.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import { placeName } from '../../core/written-place.ts';
import { RegistryError } from '../../registry/errors.ts';
import type { RegistryClient, RequestCounts } from '../../registry/types.ts';
import type { PlaceReport } from '../types.ts';

/** What is asked of a place; a registry's client can do more. */
export interface SourceClient extends Pick<RegistryClient, 'pullLimit' | 'head' | 'get' | 'openBlob'> {
  readonly counts: Readonly<Pick<RequestCounts, 'manifestGet'>>;
}

/** The source or an alternate, and the client for it. */
export interface ReachableRegistry {
  readonly place: RegistryNamespace;
  readonly client: SourceClient;
}

/** A place that is asked in this run, with what it has given and how it behaved. */
export interface UpstreamRegistry {
  readonly name: string;
  /** Whether it is the source itself, which is never dropped: its failures are the answer. */
  readonly isSource: boolean;
  readonly client: SourceClient;
  repository(image: ImageName): string;
  isDropped(): boolean;
  gaveManifest(): void;
  gaveBytes(count: number): void;
  /** It gave what it was asked for. */
  worked(): void;
  /** It failed; an alternate that does so over and over is dropped. */
  failed(problem: Problem): void;
  /** It sent other bytes than a digest's; an alternate that does so once is dropped. */
  sentWrongBytes(problem: Problem): void;
  report(): PlaceReport;
}

/** So many failures in a row are no accident. */
const mostFailures = 5;

/** Keeps the accounts of one place. */
export function upstreamRegistry({ place, client }: ReachableRegistry, isSource: boolean): UpstreamRegistry {
  const name = placeName(place);
  let [manifests, bytes, failures] = [0, 0, 0];
  let dropped: Problem | undefined;
  const drop = (code: string, message: string, reason: Problem) => {
    if (isSource || dropped !== undefined) return;
    const value = `${reason.message}${reason.value === undefined ? '' : ` ${reason.value}`}`;
    dropped = {
      code,
      severity: 'warning',
      message: `${name} ${message}`,
      value,
      hint: 'The content was read from the other registries.',
    };
  };
  return {
    name,
    isSource,
    client,
    repository: (image) => repositoryPath(place.namespace, image),
    isDropped: () => dropped !== undefined,
    gaveManifest() {
      manifests += 1;
    },
    gaveBytes(count) {
      bytes += count;
    },
    worked() {
      failures = 0;
    },
    failed(problem) {
      failures += 1;
      if (failures >= mostFailures)
        drop('apply/alternate-fails', 'failed over and over, and is not asked any more.', problem);
    },
    sentWrongBytes(problem) {
      drop('apply/alternate-lies', 'sent other bytes than were asked for, and is not asked any more.', problem);
    },
    report: () => ({
      place: name,
      manifestGets: client.counts.manifestGet,
      manifests,
      bytes,
      ...defined({ dropped }),
    }),
  };
}

/**
 * Asks one place. What an alternate fails in is put to its account, and is no answer.
 *
 * @throws what the source fails in; an interrupt
 */
export async function recordingFailure<Answer>(
  place: UpstreamRegistry,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    const problem = error instanceof UserError ? error.problems[0] : undefined;
    if (place.isSource || problem === undefined) throw error;
    if (error instanceof RegistryError && error.kind === 'digest-mismatch') place.sentWrongBytes(problem);
    else place.failed(problem);
    return undefined;
  }
}

/** The repositories of a destination, as places that blobs are read from. */
export interface OwnRepositories {
  /** One that has a blob; nothing where the destination is not asked any more. */
  having(repository: string): readonly UpstreamRegistry[];
  readonly report: UpstreamRegistry['report'];
}

/**
 * Reads from the destination itself what it does not mount: the bytes go through us once more, but do not come from afar
 * again.
 */
export function ownRepositories(destination: ReachableRegistry): OwnRepositories {
  const place = upstreamRegistry(destination, false);
  return {
    having: (repository) => (place.isDropped() ? [] : [{ ...place, repository: () => repository }]),
    report: place.report,
  };
}
