import { createHash } from 'node:crypto';
import type { ImageName } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import { type LockedImage, lockedGroups } from '../lock/types.ts';
import type { Plan, Shard } from './types.ts';

/** What one image costs at all destinations together. */
export interface ImageWork {
  readonly image: ImageName;
  /** Counted pulls, at the least. */
  readonly pulls: number;
  /** Tags to put. */
  readonly puts: number;
}

/** A job of a matrix: images, in the order of their names, and their counted pulls, at the least. */
interface MatrixJob {
  readonly images: readonly ImageName[];
  readonly pulls: number;
}

/**
 * What the plans of all destinations leave to do, for each image that has any. Pure.
 *
 * @param unseen images that a destination did not let us look at: apply finds out, and all of each may be to do
 */
export function imageWork(plans: readonly Plan[], unseen: readonly LockedImage[] = []): ImageWork[] {
  const work = new Map<ImageName, { pulls: number; puts: number }>();
  const add = (image: ImageName, pulls: number, puts: number): void => {
    const sum = work.get(image) ?? { pulls: 0, puts: 0 };
    work.set(image, { pulls: sum.pulls + pulls, puts: sum.puts + puts });
  };
  for (const { image, copy, put } of plans.flatMap(({ groups }) => groups)) add(image, copy ? 1 : 0, put.length);
  for (const image of unseen) for (const { tags } of lockedGroups(image)) add(image.image, 1, tags.length);
  return [...work].map(([image, costs]) => ({ image, ...costs }));
}

/**
 * Shares images out over at most `most` jobs, an image whole in one: the dearest first, each to the job with the least
 * to do so far. The busiest job then has at most 4/3 - 1/(3 · jobs) times the pulls of the best split there is (Graham,
 * "Bounds on Multiprocessing Timing Anomalies", 1969). Tags decide where pulls are equal. Equal work gives equal jobs,
 * in any order of arrival; no job is empty.
 */
export function shareOut(work: readonly ImageWork[], most: number): MatrixJob[] {
  const jobs = Array.from({ length: Math.min(most, work.length) }, () => ({
    images: [] as ImageName[],
    pulls: 0,
    puts: 0,
  }));
  const [first] = jobs;
  if (first === undefined) return [];
  for (const { image, pulls, puts } of [...work].sort(dearestFirst)) {
    const job = jobs.reduce((least, other) => (byCost(other, least) < 0 ? other : least), first);
    job.images.push(image);
    job.pulls += pulls;
    job.puts += puts;
  }
  return jobs.map(({ images, pulls }) => ({ images: images.sort(), pulls }));
}

/** The matrix of a workflow, in the form in which GitHub Actions reads one (`strategy.matrix`, `include`). */
export function matrixJson(jobs: readonly MatrixJob[]) {
  return {
    include: jobs.map(({ images, pulls }, index) => ({ job: String(index + 1), images: images.join(','), pulls })),
  };
}

type Cost = Pick<ImageWork, 'pulls' | 'puts'>;

function byCost(one: Cost, other: Cost): number {
  return one.pulls - other.pulls || one.puts - other.puts;
}

function dearestFirst(one: ImageWork, other: ImageWork): number {
  return byCost(other, one) || (one.image < other.image ? -1 : 1);
}

const maxShards = 10_000;

/**
 * Reads `I/N`. I counts from 1 to N; 0 stands for N, so that engines that count from 0 (a Kubernetes Indexed Job) can
 * pass their index as it is.
 *
 * @throws UserError `plan/shard`
 */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && count !== undefined && count >= 1 && count <= maxShards && index <= count) {
    return { index: index === 0 ? count : index, count };
  }
  throw problemError(
    'plan/shard',
    'A shard is written I/N, with I from 1 to N (or 0, which is N).',
    text,
    'such as 2/4',
  );
}

/** Whether an image belongs to a shard. It depends only on the image's name: stable, and each image is in exactly one. */
export function inShard(image: string, shard: Shard): boolean {
  const hash = createHash('sha256').update(image).digest().readUInt32BE(0);
  return hash % shard.count === shard.index - 1;
}
