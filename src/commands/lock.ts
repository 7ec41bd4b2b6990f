import { unlimitedPulls } from '../apply/types.ts';
import { keepOf } from '../config/keep.ts';
import type { Config } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { diffLockfiles } from '../diff/diff.ts';
import { diffJson } from '../diff/json.ts';
import { diffText } from '../diff/text.ts';
import { assembleLockfile } from '../lock/assemble.ts';
import { lockfileName, readLockfile, writeLockfile } from '../lock/file.ts';
import { formatLockfile } from '../lock/format.ts';
import { holdBack } from '../lock/hold.ts';
import { knownIndexes } from '../lock/known.ts';
import type { Lockfile } from '../lock/types.ts';
import { wantsByRules } from '../lock/wants.ts';
import { absentPlatforms, withAnnounced } from '../resolve/announced.ts';
import { keepChildren } from '../resolve/keep.ts';
import { type IndexSource, readIndex } from '../resolve/read-index.ts';
import { resolve } from '../resolve/resolve.ts';
import { sourceLookup } from '../resolve/source-lookup.ts';
import { overrideWarnings } from '../select/overrides.ts';
import { select } from '../select/select.ts';
import type { SelectedImage } from '../select/types.ts';
import { toProblem } from '../upstream/refusal.ts';
import type { Library } from '../upstream/types.ts';
import { readConfigBlob } from './config-blob.ts';
import type { Context, Outcome } from './context.ts';
import { openSourcesOf } from './sources.ts';
import { warningsOrThrow } from './strict.ts';
import { lockfilePath, openConfig, openLibrary } from './workspace.ts';

/**
 * Expands the configuration against upstream, asks the source for digests, and writes the lockfile; with `check` it
 * writes nothing and says by exit code 3 that the lockfile would change.
 */
export async function lock(context: Context, { check }: { check: boolean }): Promise<Outcome> {
  const config = await openConfig(context);
  const previous = await readLockfile(lockfilePath(context));
  const { library, notes } = await openLibrary(context, config);
  const selection = select(library, config);
  const found = [...library.refusals.map(toProblem), ...selection.warnings];
  const before = [...config.warnings, ...notes, ...warningsOrThrow(found, context.strict)];
  const announced = withAnnounced(selection.images, config);
  const { resolved, requests, pullLimit, dropped } = await ask(context, config, announced.images, previous);
  const kept = holdBack(resolved, previous, (image) => keepOf(config, image));
  const ofPlatforms = [...announced.warnings, ...absentPlatforms(kept.images, config), ...kept.warnings];
  const warnings = [...before, ...overrideWarnings(config, library), ...ofPlatforms, ...dropped];
  const next = assembleLockfile(kept.images, { ...lockMeta(config, library), previous });
  const changed = previous === undefined || formatLockfile(previous) !== formatLockfile(next);
  if (!check) await writeLockfile(lockfilePath(context), next);
  const diff = diffLockfiles(previous, next);
  return {
    exitCode: check && changed ? ExitCode.stale : ExitCode.done,
    text: `${diffText(diff)}\n\n${verdict(changed, check, next)}${readText(requests)}`,
    json: {
      ...diffJson(diff),
      schema: 'mirrorlock/lock/v1',
      changed,
      upstream: next.upstream,
      requests,
      ...(pullLimit === undefined ? {} : { pullLimit }),
      warnings,
    },
    problems: warnings,
  };
}

/** Asks the source for digests and, where the configuration chooses what is kept, reads the indexes not known yet. */
async function ask(context: Context, config: Config, images: readonly SelectedImage[], previous: Lockfile | undefined) {
  const { source } = config;
  const sources = openSourcesOf(context, source, unlimitedPulls);
  const { client, manifests } = sources;
  const indexSource: IndexSource = {
    manifest: (image, digest) => manifests.get(image, digest),
    config: (image, digest) => readConfigBlob(client, repositoryPath(source.namespace, image), digest),
  };
  try {
    const asked = await resolve(images, sourceLookup(client, source.namespace), context);
    const ports = {
      keepOf: (image: ImageName) => keepOf(config, image),
      known: knownIndexes(previous),
      read: (image: ImageName, digest: Digest) => readIndex(indexSource, image, digest),
    };
    const resolved = await keepChildren(asked, ports, context);
    const reports = sources.reports();
    const gets = reports.slice(0, -1).reduce((sum, { manifestGets }) => sum + manifestGets, 0);
    const requests: Requests = {
      source: { countedPulls: client.counts.manifestGet, heads: client.counts.manifestHead },
      ...(source.alternates.length === 0 ? {} : { alternates: { gets } }),
    };
    const dropped = reports.flatMap((report) => report.dropped ?? []);
    return { resolved, requests, pullLimit: client.pullLimit, dropped };
  } finally {
    await sources.close();
  }
}

interface Requests {
  readonly source: { readonly countedPulls: number; readonly heads: number };
  /** Manifests read at alternates. */
  readonly alternates?: { readonly gets: number };
}

function readText({ source, alternates }: Requests): string {
  const pulls = source.countedPulls;
  const gets = alternates?.gets ?? 0;
  if (pulls + gets === 0) return '';
  const elsewhere = gets === 0 ? '' : `; ${gets} manifests asked at alternates`;
  return `\nIndexes read for platforms: ${pulls} counted ${pulls === 1 ? 'pull' : 'pulls'} at the source${elsewhere}`;
}

function lockMeta(config: Config, library: Library) {
  return {
    configHash: config.contentHash,
    // The repository that the configuration names, also where --upstream read a copy of it: no path of a machine gets in.
    upstream: { repository: config.upstream.repository, commit: library.commit.sha },
    refused: new Set(library.refusals.map(({ image }) => image)),
    wants: wantsByRules(config),
  };
}

function verdict(changed: boolean, check: boolean, { images, upstream }: Lockfile): string {
  const at = `${images.length} images at upstream ${upstream.commit.slice(0, 12)}`;
  if (!changed) return `${lockfileName} is up to date: ${at}`;
  return check ? `${lockfileName} is out of date: it would hold ${at}` : `Wrote ${lockfileName}: ${at}`;
}
