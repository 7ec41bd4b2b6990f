import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type Changes, type ChangesInput, changesOf } from '../changes/changes.ts';
import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ifThere, isUnwritable, makeFolder } from '../core/file-errors.ts';
import { joinKnown, type KnownEvidence, type KnownSteps, keptText, readKept, stepKey } from '../evidence/kept.ts';
import { stepsBetween } from '../evidence/steps.ts';
import type { Evidence, GroupEvidence } from '../evidence/types.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { gatherEvidence } from './evidence.ts';
import { droppedPolicyOf } from './update/describe.ts';

const prefix = 'evidence-';
/** The whole library gives some megabytes. */
const longestFile = 16 * 1024 * 1024;
/** Of so many changes the causes are known; the newest are read. */
const mostFiles = 50;

/** Beside the manifests, which a CI carries from the job that reads evidence to those that apply. */
function folderOf({ cacheDirectory }: Pick<Context, 'cacheDirectory'>): string {
  return join(cacheDirectory, 'manifests');
}

/**
 * Keeps what was read of a change in the cache, for later commands that ask nobody, with what earlier runs kept of the same
 * change. Nothing is kept where the cache cannot be written: those commands then say less.
 */
export async function keepEvidence(context: Context, evidence: Evidence): Promise<void> {
  const steps = evidence.groups.map(({ image, from, to }) => [image, from, to]);
  const name = createHash('sha256').update(JSON.stringify(steps)).digest('hex');
  const path = join(folderOf(context), `${prefix}${name}.json`);
  try {
    const kept = keptText(evidence, await readFileOf(path));
    if (kept === undefined) return;
    await makeFolder(folderOf(context));
    await writeFileAtomic(path, kept);
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    context.debug(`evidence is not kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readFileOf(path: string): Promise<KnownSteps> {
  const status = await ifThere(() => stat(path));
  if (!status?.isFile() || status.size > longestFile) return new Map();
  return readKept((await ifThere(() => readFile(path))) ?? '');
}

/** What is kept of steps, by their digests; a file of another form, or one that is damaged, says nothing. */
async function readAllKept(context: Context): Promise<KnownSteps> {
  const folder = folderOf(context);
  const names = ((await ifThere(() => readdir(folder))) ?? []).filter((name) =>
    /^evidence-[0-9a-f]{64}\.json$/.test(name),
  );
  const files = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), status: await ifThere(() => stat(join(folder, name))) })),
  );
  const newest = files
    .flatMap(({ path, status }) => (status === undefined ? [] : [{ path, time: status.mtimeMs }]))
    .sort((one, other) => other.time - one.time)
    .slice(0, mostFiles);
  const known = new Map<string, KnownEvidence>();
  for (const { path } of newest.reverse()) {
    for (const [step, own] of await readFileOf(path)) known.set(step, joinKnown(known.get(step) ?? {}, own));
  }
  return known;
}

/**
 * Why the digests of a change are others, as far as the cache knows: what was read for a pull request, and upstream's git.
 * Nobody is asked. `undefined` where it knows nothing.
 */
export async function knownEvidence(
  context: Context,
  config: Config,
  before: Lockfile | undefined,
  after: Lockfile | undefined,
): Promise<Evidence | undefined> {
  if (before === undefined || after === undefined || stepsBetween(before, after).length === 0) return undefined;
  const shallow: Config = { ...config, review: { ...config.review, evidence: 'git' } };
  const byGit = await gatherEvidence(context, shallow, { before, after }, { isOffline: true });
  const kept = await readAllKept(context);
  const known = byGit.groups.map((group) => ({ group, kept: kept.get(stepKey(group)) ?? {} }));
  const groups = known.map(({ group, kept: { found: _, ...own } }): GroupEvidence => {
    return { ...own, ...group, notes: own.notes ?? group.notes };
  });
  const isKnown = groups.some(({ source, build }) => source !== undefined || build !== undefined);
  if (!isKnown) return undefined;
  const vulnerabilities = known.flatMap(({ group: { image, to, tags }, kept: { found } }) =>
    found === undefined ? [] : [{ image, to, tags, found }],
  );
  const hasGit = byGit.groups.some(({ source }) => source !== undefined);
  return {
    ...{ ...byGit, groups, problems: hasGit ? byGit.problems : [] },
    ...(vulnerabilities.length > 0 && { vulnerabilities }),
  };
}

/** What changes between two lockfiles, in words, as far as it is known without asking anybody. Without a configuration less is. */
export async function knownChanges(
  context: Context,
  config: Config | undefined,
  { before, after }: { readonly before: Lockfile | undefined; readonly after: Lockfile | undefined },
  more: Pick<ChangesInput, 'merging'> = {},
): Promise<Changes> {
  if (config === undefined) return changesOf({ before, after, isOffline: true });
  const evidence = await knownEvidence(context, config, before, after);
  const policy = droppedPolicyOf(config);
  return changesOf({ before, after, policy, isOffline: true, now: context.now(), ...more, ...defined({ evidence }) });
}
