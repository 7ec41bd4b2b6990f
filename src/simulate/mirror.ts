import type { Digest } from '../core/names.ts';
import { type GroupContent, manifestsOfChild } from './content.ts';
import { readsOf } from './evidence.ts';
import { Repository } from './repository.ts';
import { sum } from './statistics.ts';

/** What a run wants to copy into a repository, and what it wants no more. */
export interface Wish {
  readonly image: string;
  readonly arrived: readonly GroupContent[];
  readonly left: readonly Digest[];
}

export interface MirrorRun {
  /** Counted pulls, those for evidence included. */
  readonly pulled: number;
  readonly byImage: ReadonlyMap<string, number>;
  /** Counted pulls that did not fit, and wait. */
  readonly waiting: number;
  readonly evidence: EvidenceRun;
}

/** What a run read for the reviewer. */
export interface EvidenceRun {
  readonly pulls: number;
  /** Those of them that `apply` does not need. */
  readonly extra: number;
  /** Groups of which nothing was read, since the share was used up. */
  readonly unread: number;
}

/** What a mirror reads of a new group before it copies any. */
export interface EvidenceLimits {
  readonly kind: 'index' | 'contents';
  /** Counted pulls in any six hours. */
  readonly allowed: number;
}

/** The Docker Hub counts pulls in six hours. */
const limitWindow = 6 * 3600;

const noEvidence: EvidenceRun = { pulls: 0, extra: 0, unread: 0 };

/**
 * A destination, and what is copied to it run by run as `apply` does: each manifest once, what waits longest first, and no
 * more than the limit leaves. What the lockfile names no more is not waited for. What was copied stays. What is read as
 * evidence of new groups comes first, and `apply` does not pull it again.
 */
export class Mirror {
  readonly #limit: number;
  readonly #evidence: EvidenceLimits | undefined;
  readonly #repositories = new Map<string, Repository>();
  readonly #waiting = new Map<string, readonly [image: string, content: GroupContent]>();
  #recent: { readonly time: number; readonly pulled: number; readonly evidence: number }[] = [];
  /** Counts the runs in which it had something to do: no run between two in which one thing waits is missing. */
  #run = 0;

  constructor(limit: number | undefined, evidence?: EvidenceLimits) {
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#evidence = evidence;
  }

  /** Without a limit nothing waits, and what is wanted need not be counted. */
  get #isLimited(): boolean {
    return this.#limit !== Number.POSITIVE_INFINITY;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /**
   * The most runs in a row after which one and the same manifest waited: from the run that wants it to the one that pulls
   * it or wants it no more; for those that still wait, the last run is counted.
   */
  get longestPullWait(): number {
    return [...this.#repositories.values()].reduce((most, one) => Math.max(most, one.longestWait(this.#run)), 0);
  }

  /** Copies without a limit, as a mirror is filled before the simulation begins. Gives the counted pulls. */
  fill(wishes: readonly Wish[]): number {
    this.#take(wishes);
    return sum(this.#copy(Number.POSITIVE_INFINITY).values());
  }

  /** One run, at a time in seconds. */
  run(time: number, wishes: readonly Wish[]): MirrorRun {
    this.#run += 1;
    this.#take(wishes);
    this.#recent = this.#recent.filter((run) => run.time > time - limitWindow);
    const left = this.#limit - sum(this.#recent.map(({ pulled }) => pulled));
    const byImage = new Map<string, number>();
    const evidence = this.#readEvidence(wishes, left, byImage);
    for (const [image, pulls] of this.#copy(left - evidence.pulls)) addTo(byImage, image, pulls);
    const pulled = sum(byImage.values());
    if (pulled > 0) this.#recent.push({ time, pulled, evidence: evidence.pulls });
    const waiting = sum([...this.#repositories.values()].map((repository) => repository.waiting));
    return { pulled, byImage, waiting, evidence };
  }

  #take(wishes: readonly Wish[]): void {
    for (const { image, left } of wishes) for (const digest of left) this.#drop(`${image} ${digest}`);
    for (const { image, arrived } of wishes) {
      for (const content of arrived) {
        const key = `${image} ${content.digest}`;
        const before = this.#waiting.get(key)?.[1];
        this.#waiting.set(key, [image, content]);
        if (!this.#isLimited) continue;
        if (before !== undefined) this.#repository(image).release(before);
        this.#repository(image).want(content, this.#run);
      }
    }
    for (const { image } of wishes) this.#repositories.get(image)?.forget(this.#run);
  }

  #drop(key: string): void {
    const [image, content] = this.#waiting.get(key) ?? [];
    if (image === undefined || content === undefined) return;
    this.#waiting.delete(key);
    if (this.#isLimited) this.#repository(image).release(content);
  }

  /** Reads whole groups, in their order, as far as the share and the limit go. */
  #readEvidence(wishes: readonly Wish[], left: number, byImage: Map<string, number>): EvidenceRun {
    if (this.#evidence === undefined) return noEvidence;
    const { kind, allowed } = this.#evidence;
    const most = Math.min(left, allowed - sum(this.#recent.map(({ evidence }) => evidence)));
    let [pulls, extra, unread] = [0, 0, 0];
    for (const { image, arrived } of wishes) {
      const repository = this.#repository(image);
      for (const content of arrived) {
        const reads = readsOf(content, kind).filter(({ name }) => !repository.has(name));
        const cost = sum(reads.map((read) => read.cost));
        if (pulls + cost > most) unread += 1;
        else {
          for (const read of reads) repository.put(read.name, this.#run);
          pulls += cost;
          extra += sum(reads.map((read) => (read.isExtra ? read.cost : 0)));
          if (cost > 0) addTo(byImage, image, cost);
        }
      }
    }
    return { pulls, extra, unread };
  }

  #copy(budget: number): Map<string, number> {
    const byImage = new Map<string, number>();
    let left = budget;
    for (const [key, [image, content]] of this.#waiting) {
      const { pulls, isComplete } = this.#copyGroup(this.#repository(image), content, left);
      left -= pulls;
      if (pulls > 0) addTo(byImage, image, pulls);
      if (!isComplete) break;
      this.#drop(key);
    }
    return byImage;
  }

  /** Copies what is absent of a group, the index last, as far as `budget` goes. */
  #copyGroup(repository: Repository, { children, indexes, perChild = manifestsOfChild }: GroupContent, budget: number) {
    let pulls = 0;
    const copyOne = (name: string, cost: number): boolean => {
      if (repository.has(name)) return true;
      if (pulls + cost > budget) return false;
      pulls += cost;
      repository.put(name, this.#run);
      return true;
    };
    const isComplete =
      children.every((child) => copyOne(child, perChild)) && indexes.every((index) => copyOne(index, 1));
    return { pulls, isComplete };
  }

  #repository(image: string): Repository {
    const repository = this.#repositories.get(image) ?? new Repository();
    this.#repositories.set(image, repository);
    return repository;
  }
}

function addTo(counts: Map<string, number>, image: string, pulls: number): void {
  counts.set(image, (counts.get(image) ?? 0) + pulls);
}
