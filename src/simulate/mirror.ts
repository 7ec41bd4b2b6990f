import type { Digest } from '../core/names.ts';
import { type GroupContent, manifestsOfChild } from './content.ts';
import { sum } from './statistics.ts';

/** What a run wants to copy into a repository, and what it wants no more. */
export interface Wish {
  readonly image: string;
  readonly arrived: readonly GroupContent[];
  readonly left: readonly Digest[];
}

export interface MirrorRun {
  /** Counted pulls. */
  readonly pulled: number;
  readonly byImage: ReadonlyMap<string, number>;
  /** Counted pulls that did not fit, and wait. */
  readonly waiting: number;
}

/** The Docker Hub counts pulls in six hours. */
const limitWindow = 6 * 3600;

/**
 * A destination, and what is copied to it run by run as `apply` does: each manifest once, what waits longest first, and no
 * more than the limit leaves. What the lockfile names no more is not waited for. What was copied stays.
 */
export class Mirror {
  readonly #limit: number;
  readonly #repositories = new Map<string, Repository>();
  readonly #waiting = new Map<string, readonly [image: string, content: GroupContent]>();
  #recent: { readonly time: number; readonly pulled: number }[] = [];

  constructor(limit: number | undefined) {
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
  }

  /** Without a limit nothing waits, and what is wanted need not be counted. */
  get #isLimited(): boolean {
    return this.#limit !== Number.POSITIVE_INFINITY;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  /** Copies without a limit, as a mirror is filled before the simulation begins. Gives the counted pulls. */
  fill(wishes: readonly Wish[]): number {
    this.#take(wishes);
    return sum(this.#copy(Number.POSITIVE_INFINITY).values());
  }

  /** One run, at a time in seconds. */
  run(time: number, wishes: readonly Wish[]): MirrorRun {
    this.#take(wishes);
    this.#recent = this.#recent.filter((run) => run.time > time - limitWindow);
    const used = this.#recent.reduce((total, { pulled }) => total + pulled, 0);
    const byImage = this.#copy(this.#limit - used);
    const pulled = sum(byImage.values());
    if (pulled > 0 && this.#isLimited) this.#recent.push({ time, pulled });
    return { pulled, byImage, waiting: sum([...this.#repositories.values()].map(({ waiting }) => waiting)) };
  }

  #take(wishes: readonly Wish[]): void {
    for (const { image, left } of wishes) for (const digest of left) this.#drop(`${image} ${digest}`);
    for (const { image, arrived } of wishes) {
      for (const content of arrived) {
        this.#waiting.set(`${image} ${content.digest}`, [image, content]);
        if (this.#isLimited) this.#repository(image).want(content);
      }
    }
  }

  #drop(key: string): void {
    const [image, content] = this.#waiting.get(key) ?? [];
    if (image === undefined || content === undefined) return;
    this.#waiting.delete(key);
    if (this.#isLimited) this.#repository(image).release(content);
  }

  #copy(budget: number): Map<string, number> {
    const byImage = new Map<string, number>();
    let left = budget;
    for (const [key, [image, content]] of this.#waiting) {
      const pulled = this.#repository(image).copy(content, left);
      left -= pulled.pulls;
      if (pulled.pulls > 0) byImage.set(image, (byImage.get(image) ?? 0) + pulled.pulls);
      if (!pulled.isComplete) break;
      this.#drop(key);
    }
    return byImage;
  }

  #repository(image: string): Repository {
    const repository = this.#repositories.get(image) ?? new Repository();
    this.#repositories.set(image, repository);
    return repository;
  }
}

/** A repository at the destination: the manifests that it has, and those that groups wait for. */
class Repository {
  readonly #present = new Set<string>();
  /** How many groups wait for a manifest that is absent. */
  readonly #wanted = new Map<string, number>();
  /** What the manifests that are waited for count as pulls. */
  waiting = 0;

  want(content: GroupContent): void {
    for (const child of content.children) this.#want(child, content.perChild ?? manifestsOfChild);
    for (const index of content.indexes) this.#want(index, 1);
  }

  #want(name: string, cost: number): void {
    if (this.#present.has(name)) return;
    const count = this.#wanted.get(name) ?? 0;
    if (count === 0) this.waiting += cost;
    this.#wanted.set(name, count + 1);
  }

  release(content: GroupContent): void {
    // What is there is no longer wanted, and that is all of a group that was copied whole.
    if (this.#wanted.size === 0) return;
    for (const child of content.children) this.#release(child, content.perChild ?? manifestsOfChild);
    for (const index of content.indexes) this.#release(index, 1);
  }

  #release(name: string, cost: number): void {
    const count = this.#wanted.get(name);
    if (count === undefined) return;
    if (count > 1) this.#wanted.set(name, count - 1);
    else {
      this.#wanted.delete(name);
      this.waiting -= cost;
    }
  }

  /** Copies what is absent of a group, the index last, as far as `budget` goes. */
  copy(content: GroupContent, budget: number): { readonly pulls: number; readonly isComplete: boolean } {
    let pulls = 0;
    const copyOne = (name: string, cost: number): boolean => {
      if (this.#present.has(name)) return true;
      if (pulls + cost > budget) return false;
      pulls += cost;
      this.#present.add(name);
      if (this.#wanted.delete(name)) this.waiting -= cost;
      return true;
    };
    const { children, indexes, perChild = manifestsOfChild } = content;
    const whole = children.every((child) => copyOne(child, perChild)) && indexes.every((index) => copyOne(index, 1));
    return { pulls, isComplete: whole };
  }
}
