import { resolve } from 'node:path';
import { defaults } from '../config/defaults.ts';
import { platformsKept } from '../config/platforms.ts';
import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { parseDuration } from '../core/duration.ts';
import type { ImageName } from '../core/names.ts';
import { normalPlatform, type PlatformText } from '../core/platform.ts';
import { contentsReader } from '../evidence/contents/reader.ts';
import { openOsv } from '../evidence/osv/client.ts';
import { comparisonsWith } from '../evidence/osv/compare.ts';
import { openOsvFolder } from '../evidence/osv/folder.ts';
import type { OsvDatabase } from '../evidence/osv/types.ts';
import type { Evidence, VulnerabilitiesOf } from '../evidence/types.ts';
import type { Context } from '../session/context.ts';
import { gatherEvidence, type Lockfiles } from './evidence.ts';
import { keepEvidence } from './kept-evidence.ts';

/**
 * Reads why the digests of a change are others, what is inside, and what OSV says of the packages that changed, as far as
 * `review` goes; `undefined` of a first lockfile, which has nothing to compare with. What was read is kept in the cache. Throws as
 * {@link gatherEvidence}.
 */
export async function reviewEvidence(
  context: Context,
  config: Config,
  lockfiles: Lockfiles,
): Promise<Evidence | undefined> {
  if (lockfiles.before === undefined) return undefined;
  const { evidence: depth, vulnerabilities } = config.review;
  const read = await gatherEvidence(context, config, lockfiles, {
    contents: (places) => contentsReader(places, (image) => reviewedPlatform(config, image)),
  });
  const isAsked = vulnerabilities !== undefined && depth === 'contents';
  const evidence = isAsked
    ? { ...read, vulnerabilities: await findVulnerabilities(context, read, vulnerabilities) }
    : read;
  await keepEvidence(context, evidence);
  return evidence;
}

/** `review.platform`; of an image that is mirrored without it, the first of its platforms. */
function reviewedPlatform(config: Config, image: ImageName): PlatformText {
  const { platform } = config.review;
  const kept = platformsKept(config, image)?.platforms?.map(normalPlatform) ?? [];
  return kept.includes(normalPlatform(platform)) ? platform : (kept[0] ?? platform);
}

type OpenDatabase = OsvDatabase & { close?(): Promise<void> };

/** Whether OSV is asked over the network; else it is a folder. */
function isAddress(osv: string): boolean {
  return /^https?:/i.test(osv);
}

function openDatabase(context: Context, osv: string): OpenDatabase {
  const { env, homeDirectory, secrets } = context;
  if (isAddress(osv)) return openOsv(osv, { env, homeDirectory, ...(secrets && { secrets }) });
  return openOsvFolder(resolve(context.pathsFrom ?? context.directory, osv));
}

/** Asks for one group after another: a database that did not answer is not asked for the others. */
async function findVulnerabilities(
  context: Context,
  { groups }: Evidence,
  { osv, failOn, timeoutMs }: NonNullable<Config['review']['vulnerabilities']>,
): Promise<VulnerabilitiesOf[]> {
  const database = openDatabase(context, osv);
  const all: VulnerabilitiesOf[] = [];
  const limit = isAddress(osv) ? { timeoutMs: timeoutMs ?? parseDuration(defaults.review.osvTimeout) ?? 0 } : {};
  const compare = comparisonsWith(database, { signal: context.signal, ...defined({ failOn }), ...limit });
  try {
    for (const { image, to, tags, contents } of groups) {
      if (contents?.packages.state !== 'read') continue;
      all.push({ image, to, tags, found: await compare(contents.packages) });
    }
  } finally {
    await database.close?.();
  }
  return all;
}
