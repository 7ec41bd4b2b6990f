import { createHash } from 'node:crypto';
import { problemError } from '../core/problem.ts';
import type { Shard } from './types.ts';

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

/** Whether an image belongs to a shard. By the image's name alone: stable, and each image is in exactly one. */
export function inShard(image: string, shard: Shard): boolean {
  const hash = createHash('sha256').update(image).digest().readUInt32BE(0);
  return hash % shard.count === shard.index - 1;
}
