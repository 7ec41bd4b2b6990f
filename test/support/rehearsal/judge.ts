import type { Digest } from '../../../src/core/names.ts';
import { diffLockfiles } from '../../../src/diff/diff.ts';
import { type Lockfile, lockedGroups } from '../../../src/lock/types.ts';
import type { Truth } from './truth.ts';

/** What `mirrorlock changes --json` prints (`mirrorlock/changes/v1`), as far as causes are judged. */
export interface ToldChanges {
  readonly rebuilds: readonly {
    readonly cause: { readonly kind: string; readonly name?: string };
    readonly images: readonly { readonly image: string; readonly tags: readonly string[] }[];
  }[];
  readonly evidence?: {
    readonly groups: readonly {
      readonly image: string;
      readonly to: string;
      readonly cause?: string;
      readonly sameSource?: boolean;
    }[];
  };
}

/** How many groups changed, of how many a cause was named, and of how many it was right. */
export interface Judged {
  readonly groups: number;
  readonly named: number;
  readonly right: number;
  /** A line for each that was not. */
  readonly others: readonly string[];
}

interface ChangedGroup {
  readonly image: string;
  readonly tags: readonly string[];
  readonly from: Digest;
  readonly to: Digest;
  readonly isRebuild: boolean;
}

/** Why upstream's index that one digest was made from differs from that of another. */
export type TruthOf = (from: Digest, to: Digest) => Truth;

/** Compares what is told of each group that went from one digest to another with why it did. Pure. */
export function judgeCauses(
  told: ToldChanges,
  before: Lockfile | undefined,
  after: Lockfile,
  truthOf: TruthOf,
): Judged {
  const sources = new Map([...sourcesIn(before), ...sourcesIn(after)]);
  const groups = changedGroups(before, after);
  const judged = groups.map((group) => {
    const [from = group.from, to = group.to] = [group.from, group.to].map((digest) => sources.get(digest));
    const truth = truthOf(from, to);
    const cause = toldOf(told, group);
    const isNamed = namedKinds.includes(cause.kind);
    return { isNamed, isRight: isNamed && fits(cause, truth), line: lineOf(group, cause, truth) };
  });
  return {
    groups: judged.length,
    named: judged.filter(({ isNamed }) => isNamed).length,
    right: judged.filter(({ isRight }) => isRight).length,
    others: judged.filter(({ isRight }) => !isRight).map(({ line }) => line),
  };
}

function sourcesIn(lockfile: Lockfile | undefined): [Digest, Digest][] {
  const groups = (lockfile?.images ?? []).flatMap((image) => lockedGroups(image));
  return groups.map(({ digest, index }) => [digest, index?.sources[0] ?? digest]);
}

function changedGroups(before: Lockfile | undefined, after: Lockfile): ChangedGroup[] {
  const all = diffLockfiles(before, after).images.flatMap(({ image, rebuilt, releases, moved }) => [
    ...rebuilt.map((own) => ({ image, isRebuild: true, ...own })),
    ...releases.map(({ from, to, tags }) => ({ image, isRebuild: false, from, to, tags })),
    ...moved.map(({ from, to, tag }) => ({ image, isRebuild: false, from, to, tags: [tag] })),
  ]);
  return [...new Map(all.map((own) => [`${own.image} ${own.from} ${own.to}`, own])).values()];
}

interface Told {
  readonly kind: string;
  readonly name?: string | undefined;
}

const namedKinds: readonly string[] = ['source', 'base', 'same'];

/** A rebuild stands with its cause; of other groups, what the evidence says of them. */
function toldOf({ rebuilds, evidence }: ToldChanges, { image, tags, to, isRebuild }: ChangedGroup): Told {
  if (isRebuild) {
    const found = rebuilds.find(({ images }) =>
      images.some((one) => one.image === image && one.tags.includes(tags[0] ?? '')),
    );
    return found?.cause ?? { kind: 'not told' };
  }
  const own = evidence?.groups.find((group) => group.image === image && group.to === to);
  if (own?.cause === 'source' || own?.sameSource === false) return { kind: 'source' };
  return { kind: own?.cause === 'neither' ? 'same' : (own?.cause ?? 'not told') };
}

function fits({ kind, name }: Told, truth: Truth): boolean {
  if (kind === 'source') return truth.kind === 'source';
  if (kind === 'same') return truth.kind === 'neither';
  return truth.kind === 'base' && (name === undefined || truth.bases.includes(name));
}

function lineOf({ image, tags, isRebuild }: ChangedGroup, { kind, name }: Told, truth: Truth): string {
  const is = truth.kind === 'base' ? `base ${truth.roots.join(', ')}` : truth.kind;
  return `${image}:${tags[0]}${isRebuild ? '' : ' (no rebuild)'}: told ${kind}${name === undefined ? '' : ` ${name}`}, is ${is}`;
}
