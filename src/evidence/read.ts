import PQueue from 'p-queue';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { Digest, ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import type { Manifest } from '../registry/types.ts';
import { compareBuilds, readBuilds } from './builds.ts';
import type { ContentsEvidence } from './contents/types.ts';
import { type ChangeRange, type GitPorts, readGit } from './git.ts';
import { annotatedChildren } from './index-children.ts';
import { inOrderOfWorth, type KnownStep } from './steps.ts';
import type { Evidence, GroupEvidence, Step } from './types.ts';

/** What reading evidence needs of the outside world. All of it may throw UserErrors, which become notes. */
export interface EvidencePorts {
  readonly git: GitPorts;
  /** Absent: only git is read. */
  readonly index?: IndexPorts;
  /** Absent: what images hold is not read. */
  readonly contents?: ContentsReader;
}

export interface IndexPorts {
  /** Upstream's digest of what a lockfile has: another one where the index is rewritten. */
  sourceDigest(image: ImageName, digest: Digest): Digest;
  /**
   * A manifest of the source or an alternate: a counted pull, unless it was read before. Throws a problem with the code
   * `usedUp` where the share is used up.
   */
  source(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  /** A manifest of a destination, which counts nowhere; `undefined` where none has it. */
  destination(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  readonly usedUp: string;
  /** Whether the share still allows so many pulls. */
  hasRoomFor(pulls: number): Promise<boolean>;
  /** What was pulled for evidence in this run, and what may be. */
  cost(): Evidence['cost'];
}

/** Reads what images hold, once the indexes are read. */
export interface ContentsReader {
  /** Of all groups, those that are worth it, the most telling first. Pure. */
  choose(groups: readonly GroupEvidence[]): readonly GroupEvidence[];
  /** Throws as {@link IndexPorts.source} does. */
  read(group: GroupEvidence): Promise<{ readonly contents?: ContentsEvidence; readonly notes: readonly Problem[] }>;
}

export interface EvidenceOptions extends ChangeRange {
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Enough to keep a registry client busy, which bounds its own requests. */
const readAtOnce = 8;
/** Of what is inside of a group: the manifest of its platform, and that of its attestations. */
const pullsInside = 2;

/**
 * Reads why images change: from upstream's git, then from the old and the new indexes, then from what images hold, as far as
 * the ports go. What cannot be read is said, and the rest is told: it throws no UserError but for an interrupt.
 */
export async function readEvidence(
  steps: readonly Step[],
  { git, index, contents }: EvidencePorts,
  options: EvidenceOptions,
): Promise<Evidence> {
  const { groups, commits, problems } = await readGit(steps, git, options);
  if (index === undefined) return { groups, commits, cost: noCost, unread: [], problems };
  const indexes = await readIndexes(groups, index, options);
  const inside = contents === undefined ? [] : await readInside(indexes, contents, index, options);
  const unread = [...indexes, ...inside].flatMap((one) => one.unread ?? []);
  const byDigest = new Map([...indexes, ...inside].map(({ group }) => [keyOf(group), group]));
  return {
    groups: groups.map((group) => byDigest.get(keyOf(group)) ?? group),
    commits,
    cost: index.cost(),
    unread: (['share', 'failed'] as const).flatMap((why) => {
      const count = unread.filter((one) => one === why).length;
      return count === 0 ? [] : [{ why, groups: count }];
    }),
    problems,
  };
}

const noCost: Evidence['cost'] = { pulls: 0, allowed: 0 };

function keyOf({ image, to }: Step): string {
  return `${image} ${to}`;
}

interface Read extends KnownStep {
  readonly unread?: 'share' | 'failed';
}

/** Old indexes first: they cost nothing, and say which new ones are worth most. */
async function readIndexes(
  groups: readonly GroupEvidence[],
  ports: IndexPorts,
  { progress = noProgress, signal }: EvidenceOptions,
): Promise<Read[]> {
  const task = progress.start('Reading what changed', groups.length);
  const known = await each(groups, { signal }, (group) => readBefore(group, ports));
  const atOnce = await atOnceFor(groups.length, ports);
  const read = await each(inOrderOfWorth(known), { signal, atOnce }, async (step): Promise<Read> => {
    const done = await readAfter(step, ports);
    task.advance(1, step.group.image);
    return done;
  });
  task.end();
  return read;
}

/** Where the share is not enough for all, one after another: else the quickest takes a pull, not the one most worth it. */
async function atOnceFor(pulls: number, ports: IndexPorts): Promise<number> {
  return (await ports.hasRoomFor(pulls)) ? readAtOnce : 1;
}

async function each<From, To>(
  items: readonly From[],
  { signal, atOnce = readAtOnce }: { readonly signal: AbortSignal | undefined; readonly atOnce?: number },
  work: (item: From) => Promise<To>,
): Promise<To[]> {
  const queue = new PQueue({ concurrency: atOnce });
  const one = async (item: From) => {
    signal?.throwIfAborted();
    return work(item);
  };
  try {
    return await Promise.all(items.map((item) => queue.add(() => one(item))));
  } finally {
    queue.clear();
  }
}

async function readBefore(group: GroupEvidence, ports: IndexPorts): Promise<KnownStep> {
  const { image, from } = group;
  if (from === undefined) return { group };
  const atDestination = (digest: Digest) => ports.destination(image, digest);
  const tried = await attempt(async () => {
    const manifest = await atDestination(from);
    return manifest && annotatedChildren(manifest, atDestination);
  });
  if (!tried.ok) return { group: noting(group, [unreadable('The old index', group, tried.problem)]) };
  if (tried.value === undefined) return { group: noting(group, [noOldIndex(image, from)]) };
  const { builds, notes } = readBuilds(image, from, tried.value, group.source);
  return { group: noting(group, notes), before: builds };
}

async function readAfter({ group, before }: KnownStep, ports: IndexPorts): Promise<Read> {
  const { image, to } = group;
  const digest = ports.sourceDigest(image, to);
  const tried = await attempt(async () => {
    const manifest = await ports.source(image, digest);
    return manifest && annotatedChildren(manifest);
  });
  if (!tried.ok && tried.code === ports.usedUp) return { group, unread: 'share' };
  if (!tried.ok) return { group: noting(group, [unreadable('The new index', group, tried.problem)]), unread: 'failed' };
  if (tried.value === undefined) return { group: noting(group, [noNewIndex(image, digest)]), unread: 'failed' };
  const { builds, notes } = readBuilds(image, digest, tried.value, group.source);
  return { group: { ...noting(group, notes), build: compareBuilds(before, builds) } };
}

async function readInside(
  indexes: readonly Read[],
  contents: ContentsReader,
  ports: IndexPorts,
  { signal }: EvidenceOptions,
): Promise<Read[]> {
  const readable = indexes.filter(({ unread }) => unread === undefined).map(({ group }) => group);
  const chosen = contents.choose(readable);
  const atOnce = await atOnceFor(chosen.length * pullsInside, ports);
  return each(chosen, { signal, atOnce }, async (group): Promise<Read> => {
    const tried = await attempt(() => contents.read(group));
    if (tried.ok) {
      const { contents: found, notes } = tried.value;
      return { group: { ...noting(group, notes), ...defined({ contents: found }) } };
    }
    if (tried.code === ports.usedUp) return { group, unread: 'share' };
    return { group: noting(group, [unreadable('What is inside', group, tried.problem)]), unread: 'failed' };
  });
}

function noting(group: GroupEvidence, notes: readonly Problem[]): GroupEvidence {
  return notes.length === 0 ? group : { ...group, notes: [...group.notes, ...notes] };
}

function unreadable(what: string, { image, to }: Step, problem: Problem): Problem {
  const message = `${what} of ${image}@${to} could not be read: ${problem.message}`;
  return { ...problem, code: 'evidence/unreadable', severity: 'warning', message };
}

function noOldIndex(image: ImageName, value: Digest): Problem {
  const message = `No destination has the old index of ${image}: there is nothing to compare with.`;
  return { code: 'evidence/no-earlier-index', severity: 'warning', message, value };
}

function noNewIndex(image: ImageName, value: Digest): Problem {
  const message = `The source no longer has the new index of ${image}.`;
  return {
    code: 'evidence/moved',
    severity: 'warning',
    message,
    value,
    hint: 'Upstream was publishing; the next update finds what is there.',
  };
}
