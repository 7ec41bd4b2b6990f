import { defined } from '../core/defined.ts';
import type { GroupState, Plan, PlannedGroup, PlannedTag, TagState } from './types.ts';

/** Says what must be done so that the destination has what the lockfile names. Pure. */
export function makePlan(states: readonly GroupState[]): Plan {
  const groups = states.map(planGroup).filter(({ copy, put, mend }) => copy || mend !== undefined || put.length > 0);
  const right = states.flatMap((state) => state.tags.filter((tag) => isRight(state, tag)));
  return { groups, unchanged: right.length };
}

function planGroup(state: GroupState): PlannedGroup {
  const { image, digest, present, broken, mend, index, tags } = state;
  const isDamaged = broken !== undefined;
  const put = tags.filter((tag) => !isRight(state, tag)).map((tag) => plannedTag(tag, isDamaged));
  return {
    ...{ image, digest, copy: !present || isDamaged },
    ...defined({ mend, index }),
    put,
  };
}

/** A tag of a damaged digest is put again even where it points at that digest. */
function isRight({ broken }: GroupState, { seen, wanted }: TagState): boolean {
  return broken === undefined && seen === wanted;
}

function plannedTag({ tag, seen, wanted, broken }: TagState, isDamaged: boolean): PlannedTag {
  const isBroken = broken !== undefined || (isDamaged && (seen === wanted || seen === undefined));
  return { tag, replaces: seen === wanted ? undefined : seen, ...(isBroken ? { broken: true } : {}) };
}

/** Groups to copy, tags to put and tags that are right, as `plan` and `apply --dry-run` print them. */
export function countPlan(plan: Plan): { copy: number; tag: number; unchanged: number } {
  return {
    copy: plan.groups.filter(({ copy }) => copy).length,
    tag: plan.groups.reduce((sum, { put }) => sum + put.length, 0),
    unchanged: plan.unchanged,
  };
}
