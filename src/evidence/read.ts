import PQueue from 'p-queue';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { Digest, ImageName } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Problem } from '../core/problem.ts';
import { noProgress, type Progress } from '../core/progress.ts';
import type { Manifest } from '../registry/types.ts';
import type { UpstreamLog } from '../upstream/types.ts';
import { compareBuilds, readBuilds } from './builds.ts';
import type { ContentsEvidence } from './contents/types.ts';
import { annotatedChildren } from './index-children.ts';
import { commitsByImage, type ImagesAt, sourceEvidence } from './source.ts';
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

export interface GitPorts {
  /** Upstream's address, for links. */
  readonly repository: string;
  /** The images of upstream at a commit, with the `sources` of their groups. */
  images(commit: string, images: ReadonlySet<ImageName>): Promise<ImagesAt>;
  log(since: string, until: string): Promise<UpstreamLog>;
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

export interface EvidenceOptions {
  /** The upstream commits of the two lockfiles; `before` is absent of the first one. */
  readonly commits: { readonly before?: string; readonly after: string };
  /** The platforms of an image that are mirrored; `undefined`: all. */
  readonly platformsOf?: (image: ImageName) => readonly PlatformText[] | undefined;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Enough to keep a registry client busy, which bounds its own requests. */
const readAtOnce = 8;

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
  const inside = contents === undefined ? [] : await readInside(indexes, contents, index.usedUp, options);
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

async function readGit(steps: readonly Step[], git: GitPorts, { commits, platformsOf }: EvidenceOptions) {
  const { before, after } = commits;
  const names = new Set(steps.map(({ image }) => image));
  const problems: Problem[] = [];
  const orSay = async <Value>(code: string, message: string, work: () => Promise<Value>) => {
    const tried = await attempt(work);
    if (tried.ok) return tried.value;
    problems.push({ ...tried.problem, code, severity: 'warning', message: `${message}: ${tried.problem.message}` });
    return undefined;
  };
  if (names.size === 0) return { groups: [], commits: new Map(), problems };
  const imagesAt = (commit: string, which: string) =>
    orSay('evidence/upstream', `Upstream could not be read at its ${which} commit`, () => git.images(commit, names));
  const now = await imagesAt(after, 'later');
  const old = before === undefined ? undefined : await imagesAt(before, 'earlier');
  const log =
    before === undefined || before === after
      ? undefined
      : await orSay('evidence/upstream', 'Upstream’s commits could not be read', () => git.log(before, after));
  if (before !== undefined && log !== undefined && log.state !== 'read') problems.push(noLog(log.state, before));
  const groups = steps.map((step): GroupEvidence => {
    const source = now && sourceEvidence(step, old, now, platformsOf?.(step.image));
    return { ...step, ...defined({ source }), notes: [] };
  });
  const found = log?.state === 'read' ? commitsByImage(log, git.repository, names) : new Map();
  return { groups, commits: found, problems };
}

function noLog(state: 'absent' | 'apart', value: string): Problem {
  const why =
    state === 'absent' ? 'upstream no longer has it' : 'it does not lead to the later one in the history that is there';
  return {
    code: 'evidence/upstream-commit',
    severity: 'warning',
    message: `Upstream’s commits since the earlier lockfile are not listed: ${why}.`,
    value,
    hint: 'Upstream is a shallow clone, or its history was rewritten. Digests and tags are not affected.',
  };
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
  const known = await each(groups, signal, (group) => readBefore(group, ports));
  const read = await each(inOrderOfWorth(known), signal, async (step): Promise<Read> => {
    const done = await readAfter(step, ports);
    task.advance(1, step.group.image);
    return done;
  });
  task.end();
  return read;
}

async function each<From, To>(
  items: readonly From[],
  signal: AbortSignal | undefined,
  work: (item: From) => Promise<To>,
): Promise<To[]> {
  const queue = new PQueue({ concurrency: readAtOnce });
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
  usedUp: string,
  { signal }: EvidenceOptions,
): Promise<Read[]> {
  const readable = indexes.filter(({ unread }) => unread === undefined).map(({ group }) => group);
  return each(contents.choose(readable), signal, async (group): Promise<Read> => {
    const tried = await attempt(() => contents.read(group));
    if (tried.ok) {
      const { contents: found, notes } = tried.value;
      return { group: { ...noting(group, notes), ...defined({ contents: found }) } };
    }
    if (tried.code === usedUp) return { group, unread: 'share' };
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
