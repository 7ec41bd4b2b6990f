import { groupBy } from '../core/group-by.ts';
import type { DroppedTag } from './types.ts';

/** The most tags that a run deletes at a destination: the lesser of a number and a share of the locked tags, but one. */
export function ceiling({ tags, percent }: { tags: number; percent: number }, locked: number): number {
  return Math.min(tags, Math.max(1, Math.floor((locked * percent) / 100)));
}

/** What is deleted now, and what waits. */
export interface Share {
  readonly now: readonly DroppedTag[];
  readonly later: readonly DroppedTag[];
}

/**
 * Takes the tags that left first, up to the ceiling. Tags of one digest are taken together or not at all, since some
 * registries delete a digest alone.
 */
export function takeOldest(dropped: readonly DroppedTag[], most: number): Share {
  const groups = groupBy(dropped, ({ image, digest }) => `${image}@${digest}`);
  const now: DroppedTag[] = [];
  const later: DroppedTag[] = [];
  for (const group of groups.values()) (now.length + group.length <= most ? now : later).push(...group);
  return { now, later };
}
