import { attempt } from '../../core/attempt.ts';
import type { Digest, ImageName, Tag } from '../../core/names.ts';
import type { Problem, UserError } from '../../core/problem.ts';
import { noProgress, type Progress, type ProgressTask } from '../../core/progress.ts';
import type { GroupState, Mending } from '../../plan/types.ts';
import { RegistryError } from '../../registry/errors.ts';
import { isIndex, parseIndex } from '../../registry/manifest-types.ts';
import type { BlobRef, Manifest } from '../../registry/types.ts';
import { contentsOf } from '../contents.ts';
import { budgetCode } from '../types.ts';

/** What a deep look asks a destination. */
export interface DeepPorts {
  get(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  /** What is wrong with a blob, in words; `undefined` where nothing is. */
  blobDamage(image: ImageName, blob: BlobRef): Promise<string | undefined>;
}

/** A manifest or blob that a destination does not serve as it is named. */
export interface Damage {
  readonly image: ImageName;
  /** The locked tags that need it. */
  readonly tags: readonly Tag[];
  readonly what: 'manifest' | 'blob';
  readonly digest: Digest;
  /** What is wrong, in words. */
  readonly reason: string;
}

/** What a deep look at one manifest found. */
interface ManifestLook {
  /** Why the manifest itself cannot be used. */
  readonly broken?: string;
  /** Whether it was not read, since the destination's pulls are used up. */
  readonly isUnread?: boolean;
  readonly blobs: readonly { readonly digest: Digest; readonly reason: string }[];
  readonly children: readonly Digest[];
}

/** Looks deep at manifests of a destination, each once. */
export interface DeepLook {
  /** The states of groups with what is damaged of them, and the damage, each once for an image. */
  groups(states: readonly GroupState[], onUnseen?: (image: ImageName, error: UserError) => void): Promise<DeepFound>;
  /** Whether a manifest, or a blob that it names, has to be put again. */
  isDamaged(image: ImageName, digest: Digest): Promise<boolean>;
  /** Whether a manifest itself was seen to be intact. */
  isIntact(image: ImageName, digest: Digest): Promise<boolean>;
}

export interface DeepFound {
  readonly states: readonly GroupState[];
  readonly damage: readonly Damage[];
  readonly counts: DeepCounts;
}

/** What was looked at. */
export interface DeepCounts {
  readonly manifests: number;
  readonly blobs: number;
  /** Manifests that were not read, since the destination's pulls are used up. */
  readonly unread: number;
}

/** What says that a manifest is damaged, and not that it may not be read. */
const damageCodes: readonly string[] = [
  'registry/server',
  'registry/digest-mismatch',
  'registry/media-type',
  'registry/no-digest',
];

/**
 * Reads manifests at a destination, whose bytes the client compares with their digests, and asks for each blob that they
 * name; foreign layers are not asked for. Each digest is asked for once in a repository.
 */
export function deepLook({ get, blobDamage }: DeepPorts, progress: Progress = noProgress): DeepLook {
  const looks = new Map<string, Promise<ManifestLook>>();
  const blobs = new Map<string, Promise<string | undefined>>();
  let task: ProgressTask | undefined;
  let unread = 0;

  const blob = (image: ImageName, ref: BlobRef): Promise<string | undefined> =>
    once(blobs, `${image}@${ref.digest}`, () => blobDamage(image, ref));
  const read = async (image: ImageName, digest: Digest): Promise<ManifestLook> => {
    const manifest = await attempt(() => get(image, digest));
    if (!manifest.ok && manifest.code === budgetCode) {
      unread += 1;
      return { isUnread: true, blobs: [], children: [] };
    }
    if (!manifest.ok && !damageCodes.includes(manifest.code)) throw manifest.error;
    if (!manifest.ok) return { broken: reasonOf(manifest.error), blobs: [], children: [] };
    if (manifest.value === undefined) return { broken: notFound, blobs: [], children: [] };
    const named = await namedBy(manifest.value);
    const asked = await Promise.all(
      named.blobs.map(async (ref) => ({ digest: ref.digest, reason: await blob(image, ref) })),
    );
    const damaged = asked.flatMap(({ digest: own, reason }) => (reason === undefined ? [] : [{ digest: own, reason }]));
    return { children: named.children, blobs: damaged };
  };
  const look = (image: ImageName, digest: Digest): Promise<ManifestLook> =>
    once(looks, `${image}@${digest}`, () => read(image, digest));

  const group = async (state: GroupState) => {
    const { image, digest, tags, present, broken } = state;
    const nothing = { state, damage: [] };
    if (!present || broken !== undefined) return nothing;
    const own = await look(image, digest);
    const looked = await Promise.all(own.children.map(async (child) => ({ child, found: await look(image, child) })));
    const all = [{ child: digest, found: own }, ...looked];
    const failed = all.some(({ found }) => isDamage(found));
    task?.advance(1, `${image}:${tags[0]?.tag ?? ''}`, { failed });
    if (!failed) return nothing;
    const names = tags.map(({ tag }) => tag);
    return {
      state: { ...state, ...damagedState(own, all) },
      damage: all.flatMap(({ child, found }) => damageOf(image, names, child, found)),
    };
  };

  return {
    async groups(states, onUnseen) {
      task = progress.start('Looking deep', states.filter(({ present }) => present).length);
      const found = await Promise.all(
        states.map(async (state) => {
          const done = await attempt(() => group(state));
          if (done.ok) return [done.value];
          if (onUnseen === undefined) throw done.error;
          onUnseen(state.image, done.error);
          return [];
        }),
      );
      task.end();
      const all = found.flat();
      return {
        states: all.map(({ state }) => state),
        damage: eachOnce(all.flatMap(({ damage }) => damage)),
        counts: { manifests: looks.size - unread, blobs: blobs.size, unread },
      };
    },
    isDamaged: async (image, digest) => isDamage(await look(image, digest)),
    async isIntact(image, digest) {
      const known = looks.get(`${image}@${digest}`);
      if (known === undefined) return false;
      const seen = await attempt(() => known);
      return seen.ok && seen.value.broken === undefined && seen.value.isUnread !== true;
    },
  };
}

export const notFound = 'not found (404)';

/** What is wrong with something that cannot be read, in words that do not depend on the request. */
export function reasonOf(error: UserError): string {
  const { status, kind } = error instanceof RegistryError ? error : { status: undefined, kind: undefined };
  if (kind === 'digest-mismatch') return 'its bytes have another digest';
  if (status !== undefined && status >= 500) return `the registry fails to serve it (${status})`;
  return error.problems[0]?.message ?? error.message;
}

function isDamage({ broken, blobs }: ManifestLook): boolean {
  return broken !== undefined || blobs.length > 0;
}

/** What a look says of a group: its own digest is broken, or what is below it. */
function damagedState(
  own: ManifestLook,
  all: readonly { readonly child: Digest; readonly found: ManifestLook }[],
): { broken?: Problem; mend?: Mending } {
  if (own.broken !== undefined) return { broken: brokenProblem(own.broken) };
  const damaged = all.filter(({ found }) => isDamage(found));
  return {
    mend: {
      manifests: damaged.map(({ child }) => child),
      pulled: damaged.filter(({ found }) => found.broken !== undefined).map(({ child }) => child),
    },
  };
}

function brokenProblem(value: string): Problem {
  return { code: 'apply/broken', severity: 'error', message: 'The destination does not serve this digest.', value };
}

function damageOf(image: ImageName, tags: readonly Tag[], digest: Digest, { broken, blobs }: ManifestLook): Damage[] {
  const own = broken === undefined ? [] : [{ image, tags, what: 'manifest' as const, digest, reason: broken }];
  return [...own, ...blobs.map((blob) => ({ image, tags, what: 'blob' as const, ...blob }))];
}

/** What several groups of an image need is named once, with all of their tags. */
function eachOnce(damage: readonly Damage[]): Damage[] {
  const found = new Map<string, Damage>();
  for (const one of damage) {
    const key = `${one.image}@${one.digest}`;
    const before = found.get(key);
    found.set(key, { ...one, tags: [...new Set([...(before?.tags ?? []), ...one.tags])] });
  }
  return [...found.values()];
}

/** What a manifest names; of one that cannot be understood, as it was locked, nothing is asked for. */
async function namedBy(manifest: Manifest): Promise<{ blobs: readonly BlobRef[]; children: readonly Digest[] }> {
  const named = await attempt(async () => ({
    blobs: contentsOf(manifest).blobs,
    children: isIndex(manifest.mediaType) ? parseIndex(manifest.bytes).children.map(({ digest }) => digest) : [],
  }));
  return named.ok ? named.value : { blobs: [], children: [] };
}

function once<Value>(known: Map<string, Promise<Value>>, key: string, ask: () => Promise<Value>): Promise<Value> {
  const asked = known.get(key) ?? ask();
  known.set(key, asked);
  return asked;
}
