import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import writeFileAtomic from 'write-file-atomic';
import { type Changes, type ChangesInput, changesOf } from '../changes/changes.ts';
import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ifThere, isUnwritable } from '../core/file-errors.ts';
import { parsedJson } from '../core/json.ts';
import { isDigest } from '../core/names.ts';
import { objectOf, shapeOf, textThat } from '../core/shape.ts';
import { stepsBetween } from '../evidence/steps.ts';
import type { BuildEvidence, Evidence, GroupEvidence, SourceEvidence, Step } from '../evidence/types.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { gatherEvidence } from './evidence.ts';
import { droppedPolicyOf } from './update/describe.ts';

const text = v.pipe(v.string(), v.maxLength(1_000));
const texts = v.pipe(v.array(text), v.maxLength(10_000));
const digest = textThat(isDigest, 'it is a digest');
const place = v.strictObject({ repository: text, commit: text, directory: text, file: text });
const base = v.strictObject({
  ...{ name: text, from: v.exactOptional(digest), to: v.exactOptional(digest) },
  platforms: v.pipe(texts, v.readonly()),
});
const sourceShape = v.strictObject({
  isSame: v.boolean(),
  steps: v.array(
    v.strictObject({
      ...{ platforms: texts, from: v.exactOptional(place), to: place },
      ...{ compare: v.exactOptional(text), dockerfile: v.exactOptional(text) },
    }),
  ),
});
const buildShape = v.strictObject({
  cause: v.picklist(['source', 'base', 'neither', 'unknown']),
  bases: v.array(base),
  after: v.array(v.strictObject({ platform: text, created: v.exactOptional(text) })),
});
const groupShape = v.strictObject({
  ...{ image: text, from: v.exactOptional(digest), to: digest },
  ...{ source: v.exactOptional(sourceShape), build: v.exactOptional(buildShape) },
});
const fileShape = objectOf({ format: v.literal(1), groups: v.array(groupShape) });

type Known = { readonly source?: SourceEvidence; readonly build?: BuildEvidence };

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
 * Keeps the causes of a change in the cache, for later commands that ask nobody. Nothing is kept where the cache cannot be
 * written: those commands then say less.
 */
export async function keepEvidence(context: Context, { groups }: Evidence): Promise<void> {
  const kept = groups.flatMap(({ image, from, to, source, build }) =>
    source === undefined && build === undefined
      ? []
      : [{ image, to, ...defined({ from, source }), ...(build && { build: withoutIndexes(build) }) }],
  );
  if (kept.length === 0) return;
  const name = createHash('sha256')
    .update(JSON.stringify(kept.map(({ image, from, to }) => [image, from, to])))
    .digest('hex');
  const folder = folderOf(context);
  try {
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(join(folder, `${prefix}${name}.json`), JSON.stringify({ format: 1, groups: kept }));
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    context.debug(`evidence is not kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function withoutIndexes({ cause, bases, after }: BuildEvidence) {
  return { cause, bases, after: after.map(({ platform, created }) => ({ platform, ...defined({ created }) })) };
}

function keyOf({ image, from = '', to }: { readonly image: string; readonly from?: string; readonly to: string }) {
  return `${image} ${from} ${to}`;
}

/** What is kept of steps, by their digests; a file of another form, or one that is damaged, says nothing. */
async function readKept(context: Context): Promise<Map<string, Known>> {
  const folder = folderOf(context);
  const names = ((await ifThere(() => readdir(folder))) ?? []).filter((name) =>
    /^evidence-[0-9a-f]{64}\.json$/.test(name),
  );
  const files = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), status: await ifThere(() => stat(join(folder, name))) })),
  );
  const newest = files
    .flatMap(({ path, status }) =>
      status?.isFile() && status.size <= longestFile ? [{ path, time: status.mtimeMs }] : [],
    )
    .sort((one, other) => other.time - one.time)
    .slice(0, mostFiles);
  const known = new Map<string, Known>();
  for (const { path } of newest.reverse()) {
    const read = shapeOf(fileShape, parsedJson((await ifThere(() => readFile(path))) ?? ''));
    for (const { source, build, ...step } of read?.groups ?? []) known.set(keyOf(step), defined({ source, build }));
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
  const kept = await readKept(context);
  const groups = byGit.groups.map((group): GroupEvidence => ({ ...knownOf(kept, group), ...group }));
  const isKnown = groups.some(({ source, build }) => source !== undefined || build !== undefined);
  if (!isKnown) return undefined;
  const hasGit = byGit.groups.some(({ source }) => source !== undefined);
  return { ...byGit, groups, problems: hasGit ? byGit.problems : [] };
}

function knownOf(kept: ReadonlyMap<string, Known>, { image, from, to }: Step): Known {
  return kept.get(keyOf({ image, to, ...defined({ from }) })) ?? {};
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
