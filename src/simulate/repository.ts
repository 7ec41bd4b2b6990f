import { type GroupContent, manifestsOfChild } from './content.ts';

/** A manifest that is wanted and absent. */
interface Wanted {
  /** How many groups wait for it. */
  readonly groups: number;
  readonly cost: number;
  /** The run since which it is wanted without a break. */
  readonly since: number;
}

/** A repository at the destination: the manifests that it has, and those that groups wait for. */
export class Repository {
  readonly #present = new Set<string>();
  readonly #wanted = new Map<string, Wanted>();
  /** What no group waits for any more, until the same run has said what it wants. */
  readonly #released = new Map<string, Wanted>();
  #longest = 0;
  /** What the manifests that are waited for count as pulls. */
  waiting = 0;

  has(name: string): boolean {
    return this.#present.has(name);
  }

  /** Notes that a manifest is there from a run on. */
  put(name: string, run: number): void {
    this.#present.add(name);
    const wanted = this.#wanted.get(name);
    if (wanted === undefined) return;
    this.#wanted.delete(name);
    this.waiting -= wanted.cost;
    this.#longest = Math.max(this.#longest, run - wanted.since);
  }

  /** Notes that one more group waits, from a run on, for those of its manifests that are absent. */
  want(content: GroupContent, run: number): void {
    for (const [name, cost] of manifestsOf(content)) this.#want(name, cost, run);
  }

  #want(name: string, cost: number, run: number): void {
    if (this.#present.has(name)) return;
    const wanted = this.#wanted.get(name);
    if (wanted === undefined) this.waiting += cost;
    const { since } = wanted ?? this.#released.get(name) ?? { since: run };
    this.#released.delete(name);
    this.#wanted.set(name, { groups: (wanted?.groups ?? 0) + 1, cost, since });
  }

  /** Notes that a group that waited does so no more. */
  release(content: GroupContent): void {
    // What is there is no longer wanted, and that is all of a group that was copied whole.
    if (this.#wanted.size === 0) return;
    for (const [name] of manifestsOf(content)) this.#release(name);
  }

  #release(name: string): void {
    const wanted = this.#wanted.get(name);
    if (wanted === undefined) return;
    if (wanted.groups > 1) this.#wanted.set(name, { ...wanted, groups: wanted.groups - 1 });
    else {
      this.#wanted.delete(name);
      this.#released.set(name, wanted);
      this.waiting -= wanted.cost;
    }
  }

  /** Ends the wait of what a run released and did not want again. */
  forget(run: number): void {
    for (const { since } of this.#released.values()) this.#longest = Math.max(this.#longest, run - since);
    this.#released.clear();
  }

  /** The most runs in a row after which one manifest waited, the last run included. */
  longestWait(lastRun: number): number {
    return [...this.#wanted.values()].reduce((most, { since }) => Math.max(most, lastRun - since + 1), this.#longest);
  }
}

function manifestsOf({ children, indexes, perChild = manifestsOfChild }: GroupContent): [string, number][] {
  return [
    ...children.map((child): [string, number] => [child, perChild]),
    ...indexes.map((index): [string, number] => [index, 1]),
  ];
}
