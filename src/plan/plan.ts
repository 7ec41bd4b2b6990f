import type { GroupState, Plan, PlannedGroup } from './types.ts';

/** Says what must be done so that the destination has what the lockfile names. Pure. */
export function makePlan(states: readonly GroupState[]): Plan {
  const groups = states.map(planGroup).filter(({ copy, put }) => copy || put.length > 0);
  const tags = states.flatMap((state) => state.tags);
  return { groups, unchanged: tags.filter(({ seen, wanted }) => seen === wanted).length };
}

function planGroup({ image, digest, present, index, tags }: GroupState): PlannedGroup {
  const put = tags.filter(({ seen }) => seen !== digest).map(({ tag, seen }) => ({ tag, replaces: seen }));
  return { image, digest, copy: !present, ...(index === undefined ? {} : { index }), put };
}

/** Groups to copy, tags to put and tags that are right, as `plan` and `apply --dry-run` print them. */
export function countPlan(plan: Plan): { copy: number; tag: number; unchanged: number } {
  return {
    copy: plan.groups.filter(({ copy }) => copy).length,
    tag: plan.groups.reduce((sum, { put }) => sum + put.length, 0),
    unchanged: plan.unchanged,
  };
}
