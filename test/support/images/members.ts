import type { GroupSpec, ImageSpec } from './types.ts';

/**
 * Which groups of an image a group of shared tags joins, as indexes. Where the group does not say, they are derived: the
 * entry before it (a set of shared tags follows the first entry that carries it), and each later entry that brings a
 * platform still absent.
 */
export function membersOf(image: ImageSpec, index: number): readonly number[] {
  const group = image.groups[index];
  if (group === undefined) throw new Error(`${image.repository} has no group ${index}.`);
  const members = group.members ?? derive(image.groups, group, index);
  if (members.length === 0) throw new Error(`${image.repository}:${group.tags[0]} has no members.`);
  for (const member of members) {
    const entry = image.groups[member];
    if (entry === undefined || entry.shared) {
      throw new Error(`${image.repository}:${group.tags[0]} has the member ${member}, which is no entry.`);
    }
  }
  return members;
}

function derive(groups: readonly GroupSpec[], group: GroupSpec, index: number): readonly number[] {
  const missing = new Set(group.platforms);
  const members: number[] = [];
  const first = groups.slice(0, index).findLastIndex((candidate) => !candidate.shared);
  for (const [position, candidate] of groups.entries()) {
    if (position < first || candidate.shared) continue;
    const fits = candidate.platforms.every((platform) => group.platforms.includes(platform));
    if (!fits || !candidate.platforms.some((platform) => missing.has(platform))) continue;
    for (const platform of candidate.platforms) missing.delete(platform);
    members.push(position);
  }
  return members;
}
